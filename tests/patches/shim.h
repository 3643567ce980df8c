/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What series/linux/core/clock.c takes from the kernel, so that tests/core can run it.
 * As 32-bit kernels have it.
 */
#ifndef TESTS_PATCHES_SHIM_H
#define TESTS_PATCHES_SHIM_H

#include "types.h"

#define pvclock_vcpu_time_info	kvm_deadline_clock
#define U64_MAX			(~(u64)0)
#define S64_MAX			((s64)(U64_MAX >> 1))

static inline u64 min(u64 a, u64 b)
{
	return a < b ? a : b;
}

#define clamp_t(type, value, low, high)	clamp_int(value, low, high)

static inline int clamp_int(int value, int low, int high)
{
	if (value < low)
		return low;
	return value > high ? high : value;
}

static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return (((a & 0xffffffff) * mul) >> shift) + (((a >> 32) * mul) << (32 - shift));
}

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *rest)
{
	*rest = dividend % divisor;
	return dividend / divisor;
}

static inline u64 DIV_ROUND_UP_ULL(u64 dividend, u32 divisor)
{
	return (dividend + divisor - 1) / divisor;
}

#endif /* TESTS_PATCHES_SHIM_H */
