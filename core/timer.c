// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "timer.h"

static enum kvm_deadline_action
transition(struct kvm_deadline_timer *timer, enum kvm_deadline_state state,
	   enum kvm_deadline_action action)
{
	timer->state = state;
	if (state == KVM_DEADLINE_ST_OFF)
		timer->deadline_ns = 0;
	return action;
}

static enum kvm_deadline_action start(struct kvm_deadline_timer *timer,
				      const struct kvm_deadline_input *input)
{
	u64 tsc = kvm_deadline_clock_tsc(input->clock, timer->deadline_ns,
					 input->tsc);

	/* 0 means disarmed to everything that compares TSC deadlines. */
	timer->deadline_tsc = tsc ? tsc : 1;
	return transition(timer, KVM_DEADLINE_ST_ARMED, KVM_DEADLINE_DO_START);
}

/* R05: a zero write to the MSR that is not armed changes nothing. */
static enum kvm_deadline_action disarm(struct kvm_deadline_timer *timer)
{
	if (timer->state == KVM_DEADLINE_ST_OFF)
		return KVM_DEADLINE_DO_NOTHING;
	return transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_STOP);
}

static enum kvm_deadline_action
guest_write(struct kvm_deadline_timer *timer,
	    const struct kvm_deadline_input *input)
{
	if (!input->mode_ok)
		return KVM_DEADLINE_DO_NOTHING;
	if (!input->value)
		return disarm(timer);
	timer->deadline_ns = input->value;
	return start(timer, input);
}

static enum kvm_deadline_action host_write(struct kvm_deadline_timer *timer,
					   u64 deadline_ns)
{
	if (!deadline_ns)
		return disarm(timer);
	timer->deadline_ns = deadline_ns;
	return transition(timer, KVM_DEADLINE_ST_STORED, KVM_DEADLINE_DO_STOP);
}

static enum kvm_deadline_action tsc_write(struct kvm_deadline_timer *timer,
					  u64 tsc_deadline)
{
	if (timer->state != KVM_DEADLINE_ST_OFF && !tsc_deadline)
		return KVM_DEADLINE_DO_NOTHING;
	return transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_NATIVE);
}

static enum kvm_deadline_action
clock_published(struct kvm_deadline_timer *timer,
		const struct kvm_deadline_input *input)
{
	if (timer->state == KVM_DEADLINE_ST_OFF)
		return KVM_DEADLINE_DO_NOTHING;
	if (!input->mode_ok)
		return disarm(timer);
	return start(timer, input);
}

static enum kvm_deadline_action expire(struct kvm_deadline_timer *timer,
				       u64 tsc)
{
	switch (timer->state) {
	case KVM_DEADLINE_ST_ARMED:
		if (!kvm_deadline_due(timer, tsc))
			return KVM_DEADLINE_DO_NOTHING;
		return transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_FIRE);
	case KVM_DEADLINE_ST_STORED:
		return KVM_DEADLINE_DO_NOTHING;
	default:
		return KVM_DEADLINE_DO_NATIVE;
	}
}

enum kvm_deadline_action
kvm_deadline_step(struct kvm_deadline_timer *timer,
		  const struct kvm_deadline_input *input)
{
	switch (input->event) {
	case KVM_DEADLINE_EV_GUEST_WRITE:
		return guest_write(timer, input);
	case KVM_DEADLINE_EV_HOST_WRITE:
		return host_write(timer, input->value);
	case KVM_DEADLINE_EV_TSC_WRITE:
		return tsc_write(timer, input->value);
	case KVM_DEADLINE_EV_DISABLE:
		return disarm(timer);
	case KVM_DEADLINE_EV_LAPIC_SET:
		if (timer->state != KVM_DEADLINE_ST_ARMED)
			return KVM_DEADLINE_DO_NOTHING;
		return transition(timer, KVM_DEADLINE_ST_STORED, KVM_DEADLINE_DO_STOP);
	case KVM_DEADLINE_EV_CLOCK_PUBLISHED:
		return clock_published(timer, input);
	case KVM_DEADLINE_EV_EXPIRE:
		return expire(timer, input->tsc);
	}
	return KVM_DEADLINE_DO_NOTHING;
}
