// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "clock.h"

/* The ABI allows -31..31; anything else would shift by more than a word. */
static int clock_shift(const struct pvclock_vcpu_time_info *clock)
{
	return clamp_t(int, clock->tsc_shift, -31, 31);
}

/* Negative while the TSC has not got to the timestamp, modulo 2^64. */
static s64 ticks_since(const struct pvclock_vcpu_time_info *clock, u64 tsc)
{
	return tsc - clock->tsc_timestamp;
}

u64 kvm_deadline_clock_ns(const struct pvclock_vcpu_time_info *clock, u64 tsc)
{
	u32 mul = clock->tsc_to_system_mul;
	int shift = clock_shift(clock);
	s64 since = ticks_since(clock, tsc);
	u64 delta = since > 0 ? since : 0;
	u64 ns;

	if (shift < 0) {
		delta >>= -shift;
		shift = 0;
	}
	/* A product of 63 and 32 bits, of which the shift takes the upper ones. */
	if (shift && mul_u64_u32_shr(delta, mul, 32) >> (64 - shift))
		return U64_MAX;
	ns = mul_u64_u32_shr(delta, mul, 32 - shift);
	return clock->system_time + min(ns, U64_MAX - clock->system_time);
}

/* Ticks from the timestamp until K has gained that many nanoseconds, saturated. */
static u64 ns_to_ticks(const struct pvclock_vcpu_time_info *clock, u64 ns)
{
	u32 mul = clock->tsc_to_system_mul;
	int shift = clock_shift(clock);
	u32 rest;
	u64 high = div_u64_rem(ns, mul, &rest);
	/* 2^32 at most: the rest is less than mul. */
	u64 low = DIV_ROUND_UP_ULL((u64)rest << 32, mul);

	if (high >> (31 + shift))
		return U64_MAX;
	low = shift < 0 ? low << -shift : (low + (1ULL << shift) - 1) >> shift;
	/* Less than 2^63, and that much at most. */
	return (high << (32 - shift)) + low;
}

u64 kvm_deadline_clock_tsc(const struct pvclock_vcpu_time_info *clock,
			   u64 deadline_ns, u64 now_tsc)
{
	u64 ticks, distance;
	s64 since;

	if (deadline_ns <= clock->system_time)
		return 0;
	if (!clock->tsc_to_system_mul)
		return KVM_DEADLINE_TSC_NEVER;

	ticks = ns_to_ticks(clock, deadline_ns - clock->system_time);
	/* 2^63 ticks after the timestamp count as before it. */
	if (ticks > S64_MAX)
		return KVM_DEADLINE_TSC_NEVER;

	/* Counted from now, as integers: a wrap must not make it another one. */
	since = ticks_since(clock, now_tsc);
	distance = ticks - since;
	if ((s64)ticks > since)
		return now_tsc + min(distance, U64_MAX - now_tsc);
	return now_tsc - min(-distance, now_tsc);
}
