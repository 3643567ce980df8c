// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "clock.h"

typedef unsigned __int128 u128;

static u64 saturate(u128 value)
{
	return value >> 64 ? ~(u64)0 : (u64)value;
}

/* Negative while the TSC has not got to the timestamp, modulo 2^64. */
static s64 ticks_since(const struct kvm_deadline_clock *clock, u64 tsc)
{
	return (s64)(tsc - clock->tsc_timestamp);
}

u64 kvm_deadline_clock_ns(const struct kvm_deadline_clock *clock, u64 tsc)
{
	int shift = clock->tsc_shift;
	s64 since = ticks_since(clock, tsc);
	u64 delta = since > 0 ? (u64)since : 0;

	if (shift < 0) {
		delta >>= -shift;
		shift = 0;
	}
	/* 63 + 32 bits, shifted by one at least: the sum is exact in 128. */
	return saturate(clock->system_time +
			((u128)delta * clock->tsc_to_system_mul >> (32 - shift)));
}

/*
 * Ticks from the timestamp until K has gained that many nanoseconds; 2^63 of them
 * and more are any number of that size.  They are ceil(ns * 2^32 / mul), shifted
 * back and rounded up, in two digits of base 2^32: a 128-bit division would call
 * libgcc's __udivti3, which a kernel does not have.
 */
static u64 ns_to_ticks(const struct kvm_deadline_clock *clock, u64 ns)
{
	int shift = clock->tsc_shift;
	u32 mul = clock->tsc_to_system_mul;
	u64 high = ns / mul;
	u64 rest = (ns % mul) << 32;
	u64 low = rest / mul + (rest % mul != 0);

	if (high >> (31 + shift))
		return KVM_DEADLINE_TSC_NEVER;
	/* At most 2^32, which is 2^63 after the largest shift. */
	low = shift < 0 ? low << -shift : (low + (1ULL << shift) - 1) >> shift;
	return (high << (32 - shift)) + low;
}

u64 kvm_deadline_clock_tsc(const struct kvm_deadline_clock *clock,
			   u64 deadline_ns, u64 now_tsc)
{
	u64 ticks, tsc;

	if (deadline_ns <= clock->system_time)
		return 0;
	if (!clock->tsc_to_system_mul)
		return KVM_DEADLINE_TSC_NEVER;

	ticks = ns_to_ticks(clock, deadline_ns - clock->system_time);
	/* 2^63 ticks after the timestamp count as before it. */
	if (ticks >> 63)
		return KVM_DEADLINE_TSC_NEVER;
	/*
	 * Modulo 2^64.  Whether it is still to come the ticks tell, and then whether
	 * the counter wraps before, or has wrapped since.
	 */
	tsc = clock->tsc_timestamp + ticks;
	if ((s64)ticks > ticks_since(clock, now_tsc))
		return tsc < now_tsc ? KVM_DEADLINE_TSC_NEVER : tsc;
	return tsc > now_tsc ? 0 : tsc;
}

u32 kvm_deadline_page_begin(const struct kvm_deadline_page *page)
{
	u32 version = __atomic_load_n(&page->version, __ATOMIC_RELAXED);

	/* The version is read before the fields it vouches for. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* An odd version can then never match in retry. */
	return version & ~1u;
}

/* The ABI allows -31..31; a page with anything else is a guest's own invention. */
static s8 clamp_shift(s8 shift)
{
	if (shift > 31)
		return 31;
	return shift < -31 ? -31 : shift;
}

void kvm_deadline_page_copy(const struct kvm_deadline_page *page,
			    struct kvm_deadline_clock *clock)
{
	/* A mixed copy does no harm: the fences around see to its end. */
	clock->tsc_timestamp = page->tsc_timestamp;
	clock->system_time = page->system_time;
	clock->tsc_to_system_mul = page->tsc_to_system_mul;
	clock->tsc_shift = clamp_shift(page->tsc_shift);
}

bool kvm_deadline_page_retry(const struct kvm_deadline_page *page, u32 version)
{
	/* The fields are read before the version is looked at again. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&page->version, __ATOMIC_RELAXED) != version;
}
