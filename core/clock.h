/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * kvmclock arithmetic: guest TSC to kvmclock nanoseconds and exactly back.
 *
 * Freestanding: reads no clock, allocates nothing, calls nothing.
 */
#ifndef KVM_DEADLINE_CLOCK_H
#define KVM_DEADLINE_CLOCK_H

#include "types.h"

/**
 * struct kvm_deadline_page - a vCPU's pvclock page, as in guest memory
 * @version: odd while the host writes the rest
 * @pad0: zero
 * @tsc_timestamp: guest TSC at which @system_time was taken
 * @system_time: kvmclock nanoseconds at @tsc_timestamp
 * @tsc_to_system_mul: nanoseconds per shifted tick, 32.32 fixed point
 * @tsc_shift: power of two applied to the ticks first, -31..31
 * @flags: PVCLOCK_* flags, unused here
 * @pad: zero
 *
 * Layout of struct pvclock_vcpu_time_info, Documentation/virt/kvm/x86/msr.rst.
 */
struct kvm_deadline_page {
	u32 version;
	u32 pad0;
	u64 tsc_timestamp;
	u64 system_time;
	u32 tsc_to_system_mul;
	s8 tsc_shift;
	u8 flags;
	u8 pad[2];
} __attribute__((packed, aligned(4)));

_Static_assert(sizeof(struct kvm_deadline_page) == 32, "pvclock ABI");

/**
 * struct kvm_deadline_clock - one consistent copy of a vCPU's clock
 * @tsc_timestamp: guest TSC at which @system_time was taken
 * @system_time: kvmclock nanoseconds at @tsc_timestamp
 * @tsc_to_system_mul: 32.32 fixed point; 0 means the clock stands still
 * @tsc_shift: -31..31
 */
struct kvm_deadline_clock {
	u64 tsc_timestamp;
	u64 system_time;
	u32 tsc_to_system_mul;
	s8 tsc_shift;
};

/**
 * kvm_deadline_clock_ns() - K(tsc), the guest's own reading of kvmclock
 * @clock: the vCPU's clock
 * @tsc: guest TSC
 *
 * tsc - tsc_timestamp is taken modulo 2^64 as a signed number, so a timestamp
 * that has wrapped below 0 gives a clock that goes on; a TSC before it counts as
 * the timestamp itself.  Bit for bit what a guest computes, unless the shifted
 * delta or the result outgrow the guest's 64 bits: there a guest wraps, this goes
 * on exactly and saturates at U64_MAX (R15).  Any context.
 *
 * Return: kvmclock nanoseconds.
 */
u64 kvm_deadline_clock_ns(const struct kvm_deadline_clock *clock, u64 tsc);

/*
 * A deadline that no TSC reaches from now on.  The very last TSC value counts as
 * out of reach, too: to whatever compares TSCs, the next tick is 2^64 ticks away.
 */
#define KVM_DEADLINE_TSC_NEVER	(~(u64)0)

/**
 * kvm_deadline_clock_tsc() - the exact inverse, rounded so as never to be early
 * @clock: the vCPU's clock
 * @deadline_ns: D, kvmclock nanoseconds
 * @now_tsc: guest TSC of now, whence wraps are seen
 *
 * Who compares TSCs knows no wrap.  So a deadline that the counter reaches only
 * after it has wrapped is never reached, and must be asked for again then; one
 * that it reached before it wrapped last was reached at 0.  Any context.
 *
 * Return: the smallest guest TSC with K(tsc) >= D, later than now exactly when
 * K(now) < D; 0 when K was never below D; KVM_DEADLINE_TSC_NEVER when there is none.
 */
u64 kvm_deadline_clock_tsc(const struct kvm_deadline_clock *clock,
			   u64 deadline_ns, u64 now_tsc);

/**
 * kvm_deadline_page_begin() - start to read a page the host may be rewriting
 * @page: the page
 *
 * Use as with a seqcount: begin, copy, read the TSC, retry.
 *
 * Return: the version to hand to kvm_deadline_page_retry().
 */
u32 kvm_deadline_page_begin(const struct kvm_deadline_page *page);

/**
 * kvm_deadline_page_copy() - copy the clock out, between begin and retry
 * @page: the page
 * @clock: where to; garbage if retry says so afterwards
 *
 * A shift that the ABI does not allow becomes the next that it does (R15).
 */
void kvm_deadline_page_copy(const struct kvm_deadline_page *page,
			    struct kvm_deadline_clock *clock);

/**
 * kvm_deadline_page_retry() - was the page rewritten meanwhile
 * @page: the page
 * @version: what kvm_deadline_page_begin() returned
 *
 * Return: true when what was read since must be thrown away.
 */
bool kvm_deadline_page_retry(const struct kvm_deadline_page *page, u32 version);

#endif /* KVM_DEADLINE_CLOCK_H */
