// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "timer.h"

static enum kvm_deadline_action
move_to(struct kvm_deadline_timer *timer, enum kvm_deadline_state state,
	enum kvm_deadline_action action)
{
	timer->state = state;
	if (state == KVM_DEADLINE_OFF)
		timer->deadline_ns = 0;
	return action;
}

static enum kvm_deadline_action start(struct kvm_deadline_timer *timer,
				      const struct kvm_deadline_clock *clock)
{
	u64 tsc = kvm_deadline_clock_tsc(clock, timer->deadline_ns);

	/* 0 means disarmed to everything that compares TSC deadlines. */
	timer->deadline_tsc = tsc ? tsc : 1;
	return move_to(timer, KVM_DEADLINE_ARMED, KVM_DEADLINE_START);
}

/* R05: a zero write to the MSR that is not armed changes nothing. */
static enum kvm_deadline_action disarm(struct kvm_deadline_timer *timer)
{
	if (timer->state == KVM_DEADLINE_OFF)
		return KVM_DEADLINE_NOTHING;
	return move_to(timer, KVM_DEADLINE_OFF, KVM_DEADLINE_STOP);
}

static enum kvm_deadline_action
guest_write(struct kvm_deadline_timer *timer,
	    const struct kvm_deadline_input *input)
{
	if (!input->usable)
		return KVM_DEADLINE_NOTHING;
	if (!input->value)
		return disarm(timer);
	timer->deadline_ns = input->value;
	return start(timer, input->clock);
}

static enum kvm_deadline_action host_write(struct kvm_deadline_timer *timer,
					   u64 deadline_ns)
{
	if (!deadline_ns)
		return disarm(timer);
	timer->deadline_ns = deadline_ns;
	return move_to(timer, KVM_DEADLINE_STORED, KVM_DEADLINE_STOP);
}

static enum kvm_deadline_action tsc_write(struct kvm_deadline_timer *timer,
					  u64 tsc_deadline)
{
	if (timer->state != KVM_DEADLINE_OFF && !tsc_deadline)
		return KVM_DEADLINE_NOTHING;
	return move_to(timer, KVM_DEADLINE_OFF, KVM_DEADLINE_PASS);
}

static enum kvm_deadline_action run(struct kvm_deadline_timer *timer,
				    const struct kvm_deadline_input *input)
{
	if (timer->state == KVM_DEADLINE_OFF)
		return KVM_DEADLINE_NOTHING;
	if (timer->state == KVM_DEADLINE_STORED && !input->usable)
		return disarm(timer);
	return start(timer, input->clock);
}

static enum kvm_deadline_action expire(struct kvm_deadline_timer *timer,
				       u64 tsc)
{
	switch (timer->state) {
	case KVM_DEADLINE_ARMED:
		if (!kvm_deadline_due(timer, tsc))
			return KVM_DEADLINE_START;
		return move_to(timer, KVM_DEADLINE_OFF, KVM_DEADLINE_FIRE);
	case KVM_DEADLINE_STORED:
		return KVM_DEADLINE_NOTHING;
	default:
		return KVM_DEADLINE_PASS;
	}
}

enum kvm_deadline_action
kvm_deadline_step(struct kvm_deadline_timer *timer,
		  const struct kvm_deadline_input *input)
{
	switch (input->event) {
	case KVM_DEADLINE_GUEST_WRITE:
		return guest_write(timer, input);
	case KVM_DEADLINE_HOST_WRITE:
		return host_write(timer, input->value);
	case KVM_DEADLINE_TSC_WRITE:
		return tsc_write(timer, input->value);
	case KVM_DEADLINE_LEAVE:
		return disarm(timer);
	case KVM_DEADLINE_RESTORE:
		if (timer->state != KVM_DEADLINE_ARMED)
			return KVM_DEADLINE_NOTHING;
		return move_to(timer, KVM_DEADLINE_STORED, KVM_DEADLINE_STOP);
	case KVM_DEADLINE_RUN:
		return run(timer, input);
	case KVM_DEADLINE_EXPIRE:
		return expire(timer, input->tsc);
	}
	return KVM_DEADLINE_NOTHING;
}
