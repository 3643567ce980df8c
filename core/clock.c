// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "clock.h"

typedef unsigned __int128 u128;
typedef __int128 s128;

static u64 saturate(u128 value)
{
	return value >> 64 ? ~(u64)0 : (u64)value;
}

/* The ABI allows -31..31; anything else would shift by more than a word. */
static int clamp_shift(s8 shift)
{
	if (shift > 31)
		return 31;
	return shift < -31 ? -31 : shift;
}

/* Negative while the TSC has not got to the timestamp, modulo 2^64. */
static s64 ticks_since(const struct kvm_deadline_clock *clock, u64 tsc)
{
	return (s64)(tsc - clock->tsc_timestamp);
}

u64 kvm_deadline_clock_ns(const struct kvm_deadline_clock *clock, u64 tsc)
{
	int shift = clamp_shift(clock->tsc_shift);
	s64 since = ticks_since(clock, tsc);
	u128 delta = since > 0 ? (u64)since : 0;

	/* 63 + 31 + 32 bits: the product is exact in 128. */
	delta = shift < 0 ? delta >> -shift : delta << shift;
	return saturate(clock->system_time +
			((delta * clock->tsc_to_system_mul) >> 32));
}

/*
 * ceil(ns * 2^32 / mul) by schoolbook division: a 128-bit one would call
 * libgcc's __udivti3, which a kernel does not have.
 */
static u128 ns_to_shifted_ticks(u64 ns, u32 mul)
{
	u64 high = ns / mul;
	u64 rest = (ns % mul) << 32;

	return ((u128)high << 32) + rest / mul + (rest % mul != 0);
}

/* Ticks from the timestamp until K has gained that many nanoseconds. */
static u128 ns_to_ticks(const struct kvm_deadline_clock *clock, u64 ns)
{
	int shift = clamp_shift(clock->tsc_shift);
	u128 ticks = ns_to_shifted_ticks(ns, clock->tsc_to_system_mul);

	if (shift < 0)
		return ticks << -shift;
	return (ticks + ((u128)1 << shift) - 1) >> shift;
}

u64 kvm_deadline_clock_tsc(const struct kvm_deadline_clock *clock,
			   u64 deadline_ns, u64 now_tsc)
{
	u128 ticks;
	s128 tsc;

	if (deadline_ns <= clock->system_time)
		return 0;
	if (!clock->tsc_to_system_mul)
		return KVM_DEADLINE_TSC_NEVER;

	ticks = ns_to_ticks(clock, deadline_ns - clock->system_time);
	/* 2^63 ticks after the timestamp count as before it. */
	if (ticks >> 63)
		return KVM_DEADLINE_TSC_NEVER;
	/* Counted from now, as integers: a wrap must not make it another one. */
	tsc = (s128)now_tsc + (s64)ticks - ticks_since(clock, now_tsc);
	return tsc < 0 ? 0 : saturate((u128)tsc);
}

u32 kvm_deadline_page_begin(const struct kvm_deadline_page *page)
{
	u32 version = __atomic_load_n(&page->version, __ATOMIC_RELAXED);

	/* The version is read before the fields it vouches for. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* An odd version can then never match in retry. */
	return version & ~1u;
}

void kvm_deadline_page_copy(const struct kvm_deadline_page *page,
			    struct kvm_deadline_clock *clock)
{
	/* A mixed copy does no harm: the fences around see to its end. */
	clock->tsc_timestamp = page->tsc_timestamp;
	clock->system_time = page->system_time;
	clock->tsc_to_system_mul = page->tsc_to_system_mul;
	clock->tsc_shift = page->tsc_shift;
}

bool kvm_deadline_page_retry(const struct kvm_deadline_page *page, u32 version)
{
	/* The fields are read before the version is looked at again. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&page->version, __ATOMIC_RELAXED) != version;
}
