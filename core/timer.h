/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The timer behind MSR_KVM_DEADLINE, mutually exclusive with
 * MSR_IA32_TSC_DEADLINE.
 *
 * The deadline is the truth, the TSC value beside it a cache for whatever
 * compares TSCs.  The one transition function does not read a clock, start a
 * timer or raise a vector: the caller passes time in and carries out the action
 * that comes back.
 */
#ifndef KVM_DEADLINE_TIMER_H
#define KVM_DEADLINE_TIMER_H

#include "clock.h"

/**
 * enum kvm_deadline_state - what the deadline is worth
 * @KVM_DEADLINE_ST_OFF: deadline_ns is 0; MSR_IA32_TSC_DEADLINE may be armed
 * @KVM_DEADLINE_ST_STORED: written by userspace, not evaluated before the vCPU runs
 * @KVM_DEADLINE_ST_ARMED: deadline_tsc is derived and the host's timer started
 */
enum kvm_deadline_state {
	KVM_DEADLINE_ST_OFF,
	KVM_DEADLINE_ST_STORED,
	KVM_DEADLINE_ST_ARMED,
};

/**
 * enum kvm_deadline_event - all that can happen to the timer
 * @KVM_DEADLINE_EV_GUEST_WRITE: WRMSR of value; needs mode_ok, tsc and
 *	clock
 * @KVM_DEADLINE_EV_HOST_WRITE: KVM_SET_MSRS of value
 * @KVM_DEADLINE_EV_TSC_WRITE: anybody's write of value to MSR_IA32_TSC_DEADLINE
 * @KVM_DEADLINE_EV_DISABLE: guest left LVT timer mode 10b, INIT, RESET
 * @KVM_DEADLINE_EV_LAPIC_SET: KVM_SET_LAPIC
 * @KVM_DEADLINE_EV_CLOCK_PUBLISHED: the vCPU runs and its clock, mode or deadline may be new;
 *	needs mode_ok, tsc and clock
 * @KVM_DEADLINE_EV_EXPIRE: the host's timer went off; needs tsc
 */
enum kvm_deadline_event {
	KVM_DEADLINE_EV_GUEST_WRITE,
	KVM_DEADLINE_EV_HOST_WRITE,
	KVM_DEADLINE_EV_TSC_WRITE,
	KVM_DEADLINE_EV_DISABLE,
	KVM_DEADLINE_EV_LAPIC_SET,
	KVM_DEADLINE_EV_CLOCK_PUBLISHED,
	KVM_DEADLINE_EV_EXPIRE,
};

/**
 * enum kvm_deadline_action - what the caller must do now
 * @KVM_DEADLINE_DO_NOTHING: nothing; a write has been dealt with
 * @KVM_DEADLINE_DO_NATIVE: not ours, let KVM's TSC deadline code go on
 * @KVM_DEADLINE_DO_STOP: stop the host's timer, drop an undelivered expiry
 * @KVM_DEADLINE_DO_START: the same, then start it for deadline_tsc
 * @KVM_DEADLINE_DO_FIRE: raise the LVT timer vector, once
 */
enum kvm_deadline_action {
	KVM_DEADLINE_DO_NOTHING,
	KVM_DEADLINE_DO_NATIVE,
	KVM_DEADLINE_DO_STOP,
	KVM_DEADLINE_DO_START,
	KVM_DEADLINE_DO_FIRE,
};

/**
 * struct kvm_deadline_timer - one vCPU's timer, zeroed memory to begin with
 * @deadline_ns: D, kvmclock nanoseconds; non-zero exactly when not OFF
 * @deadline_tsc: smallest guest TSC with K >= D, as seen when it was
 *	derived, see kvm_deadline_clock_tsc(); never 0; valid when ST_ARMED
 * @state: only kvm_deadline_step() writes it
 */
struct kvm_deadline_timer {
	u64 deadline_ns;
	u64 deadline_tsc;
	enum kvm_deadline_state state;
};

/**
 * struct kvm_deadline_input - an event and what it needs, see the enum
 * @event: what happened
 * @mode_ok: LVT timer mode is 10b and the APIC is enabled
 * @value: what is written, in the unit of the MSR written
 * @tsc: guest TSC now
 * @clock: the vCPU's clock as last published
 */
struct kvm_deadline_input {
	enum kvm_deadline_event event;
	bool mode_ok;
	u64 value;
	u64 tsc;
	const struct kvm_deadline_clock *clock;
};

/**
 * kvm_deadline_step() - the transition function (R01-R08, R12-R15)
 * @timer: the timer; calls for one timer are serialised by the caller
 * @input: the event
 *
 * Any context.
 *
 * Return: what the caller has to do, before the vCPU runs again.
 */
enum kvm_deadline_action
kvm_deadline_step(struct kvm_deadline_timer *timer,
		  const struct kvm_deadline_input *input);

/**
 * kvm_deadline_due() - is there no harm in delivering now
 * @timer: the timer
 * @tsc: guest TSC
 *
 * Any context, also one that must not look at the vCPU's clock.
 *
 * Return: true unless the deadline is armed and not reached (R02), as one that
 * is never reached is not even by a TSC of that value.
 */
static inline bool kvm_deadline_due(const struct kvm_deadline_timer *timer,
				    u64 tsc)
{
	if (timer->state != KVM_DEADLINE_ST_ARMED)
		return true;
	return tsc >= timer->deadline_tsc &&
	       timer->deadline_tsc != KVM_DEADLINE_TSC_NEVER;
}

#endif /* KVM_DEADLINE_TIMER_H */
