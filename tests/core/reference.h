/* SPDX-License-Identifier: GPL-2.0-only */
/* kvmclock computed in other ways than core/ does it, to compare with. */
#ifndef KVM_DEADLINE_TESTS_REFERENCE_H
#define KVM_DEADLINE_TESTS_REFERENCE_H

#include "check.h"

/* Half of all differences modulo 2^64 are negative, and count as none. */
static inline u64 delta_tsc(const struct kvm_deadline_clock *clock, u64 tsc)
{
	u64 delta = tsc - clock->tsc_timestamp;

	return delta >> 63 ? 0 : delta;
}

/* The instructions of a Linux guest: 64-bit shift, MUL, SHRD. */
static inline u64 guest_ns(const struct kvm_deadline_clock *clock, u64 tsc)
{
	u64 ns = delta_tsc(clock, tsc);
	u64 mul = clock->tsc_to_system_mul;

	if (clock->tsc_shift < 0)
		ns >>= -clock->tsc_shift;
	else
		ns <<= clock->tsc_shift;
	asm("mulq %[mul]\n\tshrd $32, %%rdx, %%rax"
	    : "+a" (ns) : [mul] "rm" (mul) : "rdx", "cc");
	return clock->system_time + ns;
}

/* The same over all integers, saturated: multiply first, shift once. */
static inline u64 exact_ns(const struct kvm_deadline_clock *clock, u64 tsc)
{
	u64 low = delta_tsc(clock, tsc), high, ns;
	u64 mul = clock->tsc_to_system_mul;
	int left = clock->tsc_shift;

	if (left < 0) {
		low >>= -left;
		left = 0;
	}
	asm("mulq %[mul]" : "+a" (low), "=d" (high) : [mul] "rm" (mul) : "cc");
	if (high >> (32 - left))
		return ~0ULL;
	ns = low >> (32 - left) | high << (32 + left);
	return __builtin_add_overflow(clock->system_time, ns, &ns) ? ~0ULL : ns;
}

/* Does everything that a guest computes on the way fit in 64 bits? */
static inline bool guest_fits(const struct kvm_deadline_clock *clock, u64 tsc)
{
	u64 delta = delta_tsc(clock, tsc);

	if (clock->tsc_shift > 0 && delta >> (64 - clock->tsc_shift))
		return false;
	return exact_ns(clock, tsc) != ~0ULL;
}

static inline bool forward_ok(const struct kvm_deadline_clock *clock, u64 tsc)
{
	u64 ns = kvm_deadline_clock_ns(clock, tsc);

	if (ns == exact_ns(clock, tsc) &&
	    (ns == guest_ns(clock, tsc) || !guest_fits(clock, tsc)))
		return true;
	print_clock(clock);
	printf("# K(0x%" PRIx64 ") gave 0x%" PRIx64 ", exact 0x%" PRIx64
	       ", guest 0x%" PRIx64 "\n", tsc, ns, exact_ns(clock, tsc),
	       guest_ns(clock, tsc));
	return false;
}

/* The last TSC that a comparison reaches from now on, with K not gone back. */
static inline u64 last_tsc(const struct kvm_deadline_clock *clock, u64 now_tsc)
{
	u64 ahead = ~(now_tsc - clock->tsc_timestamp) ^ 1ULL << 63;
	u64 wrap = KVM_DEADLINE_TSC_NEVER - 1;

	return now_tsc > wrap || ahead > wrap - now_tsc ? wrap : now_tsc + ahead;
}

static inline const char *inverse_error(const struct kvm_deadline_clock *clock,
					u64 deadline_ns, u64 now_tsc, u64 tsc)
{
	if (exact_ns(clock, now_tsc) >= deadline_ns) {
		if (tsc > now_tsc)
			return "later, though reached";
	} else if (tsc == KVM_DEADLINE_TSC_NEVER) {
		return now_tsc <= last_tsc(clock, now_tsc) &&
		       exact_ns(clock, last_tsc(clock, now_tsc)) >= deadline_ns ?
		       "never, though it can be reached" : NULL;
	} else if (tsc <= now_tsc) {
		return "past, though not reached";
	}
	if (exact_ns(clock, tsc) < deadline_ns)
		return "too early";
	return tsc && exact_ns(clock, tsc - 1) >= deadline_ns ? "not the smallest" : NULL;
}

/* At the TSC it gives K has reached the deadline, one before it has not. */
static inline bool inverse_ok(const struct kvm_deadline_clock *clock,
			      u64 deadline_ns, u64 now_tsc)
{
	u64 tsc = kvm_deadline_clock_tsc(clock, deadline_ns, now_tsc);
	const char *error = inverse_error(clock, deadline_ns, now_tsc, tsc);

	if (!error)
		return true;
	print_clock(clock);
	printf("# TSC(0x%" PRIx64 ") from 0x%" PRIx64 " on gave 0x%" PRIx64 ": %s\n",
	       deadline_ns, now_tsc, tsc, error);
	return false;
}

#endif /* KVM_DEADLINE_TESTS_REFERENCE_H */
