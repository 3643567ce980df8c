// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random walks: a small host carries out what the state machine says, while
 * the rules, written down a second time and without states, watch it.
 */
#include "reference.h"
#include "timer.h"

#define STEPS		2000000	/* a second; every bug put in so far fell in 1000 */
#define STEPS_PER_VCPU	200

struct vcpu {
	struct kvm_deadline_timer timer;
	struct kvm_deadline_clock clock;
	u64 tsc;
	bool usable;

	/* The host around it: one timer, which serves one MSR or the other. */
	bool running;
	u64 expires_tsc;
	u64 tsc_msr;	/* MSR_IA32_TSC_DEADLINE as read */

	/* What the rules say. */
	u64 want_ns;
	bool judged;	/* on a RUN or guest write since it was set (R12) */
	unsigned long arms;
	unsigned long replaced;
	unsigned long fired;
};

static u64 seed;

/* What a host does with an action; FIRE and PASS are checked by the events. */
static enum kvm_deadline_action step(struct vcpu *vcpu,
				     enum kvm_deadline_event event, u64 value)
{
	struct kvm_deadline_input input = {
		.event = event, .usable = vcpu->usable, .value = value,
		.tsc = vcpu->tsc, .clock = &vcpu->clock,
	};
	enum kvm_deadline_action action = kvm_deadline_step(&vcpu->timer, &input);

	if (action == KVM_DEADLINE_DO_STOP || action == KVM_DEADLINE_DO_START) {
		vcpu->tsc_msr = 0;
		vcpu->running = action == KVM_DEADLINE_DO_START;
		vcpu->expires_tsc = vcpu->timer.deadline_tsc;
	}
	return action;
}

static void want(struct vcpu *vcpu, u64 deadline_ns, bool judged)
{
	vcpu->replaced += vcpu->want_ns != 0;
	vcpu->arms += deadline_ns != 0;
	vcpu->want_ns = deadline_ns;
	vcpu->judged = judged;
}

static void guest_writes(struct vcpu *vcpu, u64 deadline_ns)
{
	enum kvm_deadline_action action =
		step(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, deadline_ns);

	if (!vcpu->usable || (!deadline_ns && !vcpu->want_ns)) {
		assert_int_equal(action, KVM_DEADLINE_DO_NOTHING);
		return;
	}
	assert_int_equal(action, deadline_ns ? KVM_DEADLINE_DO_START : KVM_DEADLINE_DO_STOP);
	want(vcpu, deadline_ns, true);
}

static void host_writes(struct vcpu *vcpu, u64 deadline_ns)
{
	bool was_armed = vcpu->want_ns;
	enum kvm_deadline_action action =
		step(vcpu, KVM_DEADLINE_EV_HOST_WRITE, deadline_ns);

	if (deadline_ns || was_armed) {
		assert_int_equal(action, KVM_DEADLINE_DO_STOP);
		want(vcpu, deadline_ns, false);
	} else {
		assert_int_equal(action, KVM_DEADLINE_DO_NOTHING);
	}
}

static void tsc_msr_written(struct vcpu *vcpu, u64 tsc_deadline)
{
	enum kvm_deadline_action action =
		step(vcpu, KVM_DEADLINE_EV_TSC_WRITE, tsc_deadline);

	if (vcpu->want_ns && !tsc_deadline) {
		assert_int_equal(action, KVM_DEADLINE_DO_NOTHING);
		return;
	}
	assert_int_equal(action, KVM_DEADLINE_DO_NATIVE);
	if (vcpu->want_ns)
		want(vcpu, 0, false);
	vcpu->tsc_msr = tsc_deadline;
	vcpu->running = tsc_deadline != 0;
	vcpu->expires_tsc = tsc_deadline;
}

static void mode_left(struct vcpu *vcpu)
{
	step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
	vcpu->usable = false;
	vcpu->tsc_msr = 0;
	vcpu->running = false;
	if (vcpu->want_ns)
		want(vcpu, 0, false);
}

static void lapic_restored(struct vcpu *vcpu)
{
	enum kvm_deadline_action action = step(vcpu, KVM_DEADLINE_EV_LAPIC_SET, 0);

	assert_int_equal(action, vcpu->want_ns && vcpu->judged ?
			 KVM_DEADLINE_DO_STOP : KVM_DEADLINE_DO_NOTHING);
	vcpu->judged = false;
}

static void runs(struct vcpu *vcpu)
{
	enum kvm_deadline_action action = step(vcpu, KVM_DEADLINE_EV_CLOCK_PUBLISHED, 0);

	if (!vcpu->want_ns) {
		assert_int_equal(action, KVM_DEADLINE_DO_NOTHING);
	} else if (!vcpu->judged && !vcpu->usable) {
		assert_int_equal(action, KVM_DEADLINE_DO_STOP);
		want(vcpu, 0, false);
	} else {
		assert_int_equal(action, KVM_DEADLINE_DO_START);
		vcpu->judged = true;
	}
}

/* Hosts' timers come a little early, exactly, or late: all three. */
static void host_timer_expires(struct vcpu *vcpu, u64 *random)
{
	u64 deadline_ns = vcpu->want_ns;
	enum kvm_deadline_action action;

	if (!vcpu->running)
		return;
	vcpu->tsc = vcpu->expires_tsc + random_below(random, 5) - 2;
	vcpu->running = false;
	action = step(vcpu, KVM_DEADLINE_EV_EXPIRE, 0);
	if (!deadline_ns) {
		assert_int_equal(action, KVM_DEADLINE_DO_NATIVE);
		vcpu->tsc_msr = 0;
	} else if (action == KVM_DEADLINE_DO_FIRE) {
		assert_true(exact_ns(&vcpu->clock, vcpu->tsc) >= deadline_ns);
		vcpu->fired++;
		vcpu->want_ns = 0;
	} else {
		assert_int_equal(action, KVM_DEADLINE_DO_START);
	}
}

/* The host always tells: each of its clock changes ends in a RUN (R14). */
static void clock_moves(struct vcpu *vcpu, u64 *random)
{
	vcpu->clock = random_clock(random);
	if (random_below(random, 2))
		vcpu->tsc = random_value(random);
	runs(vcpu);
}

static void random_event(struct vcpu *vcpu, u64 *random)
{
	u64 value = random_below(random, 4) ? random_value(random) : 0;

	vcpu->tsc += random_below(random, 1000);
	switch (random_below(random, 10)) {
	case 0:
	case 1:
		return guest_writes(vcpu, value);
	case 2:
		return host_writes(vcpu, value);
	case 3:
		return tsc_msr_written(vcpu, value);
	case 4:
		return mode_left(vcpu);
	case 5:
		return lapic_restored(vcpu);
	case 6:
		vcpu->usable = true;
		return runs(vcpu);
	case 7:
		return clock_moves(vcpu, random);
	default:
		return host_timer_expires(vcpu, random);
	}
}

static void check_invariants(const struct vcpu *vcpu)
{
	const struct kvm_deadline_timer *timer = &vcpu->timer;

	assert_int_equal(timer->deadline_ns, vcpu->want_ns);
	assert_int_equal(timer->deadline_ns != 0, timer->state != KVM_DEADLINE_ST_OFF);
	assert_false(timer->deadline_ns && vcpu->tsc_msr);
	if (timer->state == KVM_DEADLINE_ST_ARMED) {
		assert_true(vcpu->running);
		assert_int_not_equal(timer->deadline_tsc, 0);
	}
	/* Each arm ends once: fired, replaced, or it is still there. */
	assert_int_equal(vcpu->arms, vcpu->fired + vcpu->replaced +
			 (vcpu->want_ns != 0));
}

/* Whatever happened before, a deadline within reach fires when its time comes. */
static void check_not_lost(struct vcpu *vcpu)
{
	unsigned long fired = vcpu->fired;
	u64 random = 0;

	vcpu->usable = true;
	runs(vcpu);
	if (!vcpu->want_ns || vcpu->timer.deadline_tsc == KVM_DEADLINE_TSC_NEVER)
		return;
	for (int tries = 0; tries < 100 && vcpu->want_ns; tries++)
		host_timer_expires(vcpu, &random);
	assert_int_equal(vcpu->fired, fired + 1);
	check_invariants(vcpu);
}

static unsigned long walk(u64 *random)
{
	struct vcpu vcpu = { .clock = random_clock(random), .usable = true };

	for (int i = 0; i < STEPS_PER_VCPU; i++) {
		random_event(&vcpu, random);
		check_invariants(&vcpu);
	}
	check_not_lost(&vcpu);
	return vcpu.fired;
}

static void R01_to_R15_hold_on_any_path(void **state)
{
	unsigned long fired = 0;
	u64 random = seed;

	(void)state;
	for (int i = 0; i < STEPS / STEPS_PER_VCPU; i++)
		fired += walk(&random);
	printf("# %d steps, %lu timers fired\n", STEPS, fired);
	assert_true(fired > STEPS / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R01_to_R15_hold_on_any_path),
	};

	seed = seed_from_environment();
	return cmocka_run_group_tests_name("random walk", tests, NULL, NULL);
}
