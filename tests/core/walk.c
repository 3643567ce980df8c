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
	bool mode_ok;

	/* The host around it: one timer, which serves one MSR or the other. */
	bool running;
	u64 expires_tsc;
	u64 tsc_msr;	/* MSR_IA32_TSC_DEADLINE as read */

	/* What the rules say. */
	u64 want_ns;
	bool evaluated;	/* on a new clock or guest write since it was set (R12) */
	unsigned long arms;
	unsigned long replaced;
	unsigned long fired;
};

static u64 seed;

/* What a host does with an action; FIRE and NATIVE are checked by the events. */
static enum kvm_deadline_action step(struct vcpu *vcpu,
				     enum kvm_deadline_event event, u64 value)
{
	struct kvm_deadline_input input = {
		.event = event, .mode_ok = vcpu->mode_ok, .value = value,
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

static void want(struct vcpu *vcpu, u64 deadline_ns, bool evaluated)
{
	vcpu->replaced += vcpu->want_ns != 0;
	vcpu->arms += deadline_ns != 0;
	vcpu->want_ns = deadline_ns;
	vcpu->evaluated = evaluated;
}

static void guest_writes(struct vcpu *vcpu, u64 deadline_ns)
{
	enum kvm_deadline_action action =
		step(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, deadline_ns);

	if (!vcpu->mode_ok || (!deadline_ns && !vcpu->want_ns)) {
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
	vcpu->mode_ok = false;
	vcpu->tsc_msr = 0;
	vcpu->running = false;
	if (vcpu->want_ns)
		want(vcpu, 0, false);
}

static void lapic_restored(struct vcpu *vcpu)
{
	enum kvm_deadline_action action = step(vcpu, KVM_DEADLINE_EV_LAPIC_SET, 0);

	assert_int_equal(action, vcpu->want_ns && vcpu->evaluated ?
			 KVM_DEADLINE_DO_STOP : KVM_DEADLINE_DO_NOTHING);
	vcpu->evaluated = false;
}

static void clock_is_published(struct vcpu *vcpu)
{
	enum kvm_deadline_action action = step(vcpu, KVM_DEADLINE_EV_CLOCK_PUBLISHED, 0);

	if (!vcpu->want_ns) {
		assert_int_equal(action, KVM_DEADLINE_DO_NOTHING);
	} else if (!vcpu->mode_ok) {
		assert_int_equal(action, KVM_DEADLINE_DO_STOP);
		want(vcpu, 0, false);
	} else {
		assert_int_equal(action, KVM_DEADLINE_DO_START);
		vcpu->evaluated = true;
	}
}

/* Where what compares TSCs, or K itself, goes back: see time_passes(). */
static bool goes_back(const struct vcpu *vcpu, u64 tsc, u64 ticks)
{
	u64 since = tsc - vcpu->clock.tsc_timestamp;

	return tsc + ticks < tsc || (since + ticks) >> 63 != since >> 63;
}

/*
 * Because the counter wraps, or has left tsc_timestamp 2^63 ticks behind: a host
 * looks again.
 */
static void time_passes(struct vcpu *vcpu, u64 ticks)
{
	bool back = goes_back(vcpu, vcpu->tsc, ticks);

	vcpu->tsc += ticks;
	if (back)
		clock_is_published(vcpu);
}

/* Hosts' timers come a little early, exactly, or late: all three. */
static void host_timer_expires(struct vcpu *vcpu, u64 *random)
{
	u64 deadline_ns = vcpu->want_ns;
	enum kvm_deadline_action action;

	if (!vcpu->running)
		return;
	if (vcpu->expires_tsc > vcpu->tsc) {
		u64 early_tsc = vcpu->expires_tsc > 2 ? vcpu->expires_tsc - 2 : 0;
		u64 ticks = random_below(random, 5);

		vcpu->tsc = vcpu->expires_tsc;
		if (!goes_back(vcpu, early_tsc, ticks))
			vcpu->tsc = early_tsc + ticks;
	}
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
		assert_int_equal(action, KVM_DEADLINE_DO_NOTHING);
		assert_true(vcpu->timer.deadline_tsc > vcpu->tsc ||
			    vcpu->timer.deadline_tsc == KVM_DEADLINE_TSC_NEVER);
		clock_is_published(vcpu);
	}
}

/* The host always tells: each of its clock changes is published (R14). */
static void clock_moves(struct vcpu *vcpu, u64 *random)
{
	vcpu->clock = random_clock(random);
	if (random_below(random, 2))
		vcpu->tsc = random_value(random);
	clock_is_published(vcpu);
}

static void random_event(struct vcpu *vcpu, u64 *random)
{
	u64 value = random_below(random, 4) ? random_value(random) : 0;

	time_passes(vcpu, random_below(random, 1000));
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
		vcpu->mode_ok = random_below(random, 8);
		return clock_is_published(vcpu);
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

/* Where the guest's clock gets to its deadline, found by halving. */
static bool find_reaching_tsc(const struct vcpu *vcpu, u64 *tsc)
{
	u64 from = vcpu->clock.tsc_timestamp, low = 0, high = ~0ULL >> 1;

	if (exact_ns(&vcpu->clock, from + high) < vcpu->want_ns)
		return false;
	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (exact_ns(&vcpu->clock, from + middle) >= vcpu->want_ns)
			high = middle;
		else
			low = middle + 1;
	}
	*tsc = from + low;
	return true;
}

/* Whatever happened before, a deadline within reach fires when its time comes. */
static void check_not_lost(struct vcpu *vcpu)
{
	unsigned long fired = vcpu->fired;
	u64 random = 0, tsc;

	vcpu->mode_ok = true;
	clock_is_published(vcpu);
	if (!vcpu->want_ns || !find_reaching_tsc(vcpu, &tsc))
		return;
	/* A sleep is over, and the counter may have wrapped meanwhile (R15). */
	if (vcpu->timer.deadline_tsc == KVM_DEADLINE_TSC_NEVER) {
		vcpu->tsc = tsc;
		clock_is_published(vcpu);
	}
	for (int tries = 0; tries < 100 && vcpu->want_ns; tries++) {
		host_timer_expires(vcpu, &random);
		time_passes(vcpu, 1);
	}
	assert_int_equal(vcpu->fired, fired + 1);
	check_invariants(vcpu);
}

static unsigned long walk(u64 *random)
{
	struct vcpu vcpu = { .clock = random_clock(random), .mode_ok = true };

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
