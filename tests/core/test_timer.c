// SPDX-License-Identifier: GPL-2.0-only
/* The state machine, one line per transition; walk.c strings them together. */
#include "check.h"
#include "timer.h"

#define STATES	(KVM_DEADLINE_ST_ARMED + 1)
#define EVENTS	(KVM_DEADLINE_EV_EXPIRE + 1)

/* 2 GHz: D = 6000 is reached at TSC 3000. */
static const struct kvm_deadline_clock clock_2ghz = { 1000, 5000, 0x80000000, 0 };

#define OLD		6000	/* armed or stored before the event */
#define OLD_TSC		3000
#define NEW		7000	/* written by the event */
#define NEW_TSC		5000
#define PAST		4000	/* below system_time: K was never below it */
#define PAST_TSC	1	/* not 0, which means disarmed */
#define NOW_TSC		2000	/* K = 5500 */
#define STALE_TSC	2900	/* derived from a clock that has been replaced */

enum { OTHER_MODE, MODE_10B };

struct step_case {
	const char *name;
	enum kvm_deadline_state from;
	enum kvm_deadline_event event;
	bool mode_ok;
	u64 value;	/* of a write; TSC now for EXPIRE */
	enum kvm_deadline_state to;
	enum kvm_deadline_action action;
	u64 deadline_ns;
	u64 deadline_tsc;	/* looked at when ARMED */
};

#define STEP(name, from, event, mode_ok, value, to, action, ns, tsc)	\
	{ #name, KVM_DEADLINE_ST_##from, KVM_DEADLINE_EV_##event, mode_ok, value, \
	  KVM_DEADLINE_ST_##to, KVM_DEADLINE_DO_##action, ns, tsc }

static const struct step_case cases[] = {
	STEP(R01_write_arms,
	     OFF, GUEST_WRITE, MODE_10B, NEW, ARMED, START, NEW, NEW_TSC),
	STEP(R01_past_deadline_starts_too,
	     OFF, GUEST_WRITE, MODE_10B, PAST, ARMED, START, PAST, PAST_TSC),
	STEP(R01_write_replaces_stored,
	     STORED, GUEST_WRITE, MODE_10B, NEW, ARMED, START, NEW, NEW_TSC),
	STEP(R01_write_replaces_armed,
	     ARMED, GUEST_WRITE, MODE_10B, NEW, ARMED, START, NEW, NEW_TSC),
	STEP(R01_expiry_fires_at_the_deadline,
	     ARMED, EXPIRE, MODE_10B, OLD_TSC, OFF, FIRE, 0, 0),
	STEP(R01_expiry_fires_after_the_deadline,
	     ARMED, EXPIRE, MODE_10B, ~0ULL, OFF, FIRE, 0, 0),
	STEP(R02_early_expiry_is_left_to_the_next_look,
	     ARMED, EXPIRE, MODE_10B, OLD_TSC - 1, ARMED, NOTHING, OLD, OLD_TSC),
	STEP(R04_zero_disarms,
	     ARMED, GUEST_WRITE, MODE_10B, 0, OFF, STOP, 0, 0),
	STEP(R04_zero_disarms_stored,
	     STORED, GUEST_WRITE, MODE_10B, 0, OFF, STOP, 0, 0),
	STEP(R05_zero_leaves_the_tsc_deadline_alone,
	     OFF, GUEST_WRITE, MODE_10B, 0, OFF, NOTHING, 0, 0),
	STEP(R05_tsc_write_replaces_armed,
	     ARMED, TSC_WRITE, MODE_10B, NEW, OFF, NATIVE, 0, 0),
	STEP(R05_tsc_write_replaces_stored,
	     STORED, TSC_WRITE, MODE_10B, NEW, OFF, NATIVE, 0, 0),
	STEP(R05_zero_tsc_write_leaves_armed_alone,
	     ARMED, TSC_WRITE, MODE_10B, 0, ARMED, NOTHING, OLD, STALE_TSC),
	STEP(R12_zero_tsc_write_leaves_stored_alone,
	     STORED, TSC_WRITE, MODE_10B, 0, STORED, NOTHING, OLD, 0),
	STEP(R07_write_ignored_when_off,
	     OFF, GUEST_WRITE, OTHER_MODE, NEW, OFF, NOTHING, 0, 0),
	STEP(R07_write_ignored_when_stored,
	     STORED, GUEST_WRITE, OTHER_MODE, NEW, STORED, NOTHING, OLD, 0),
	STEP(R07_write_ignored_when_armed,
	     ARMED, GUEST_WRITE, OTHER_MODE, NEW, ARMED, NOTHING, OLD, STALE_TSC),
	STEP(R07_zero_write_ignored,
	     ARMED, GUEST_WRITE, OTHER_MODE, 0, ARMED, NOTHING, OLD, STALE_TSC),
	STEP(R08_leaving_the_mode_clears_armed,
	     ARMED, DISABLE, OTHER_MODE, 0, OFF, STOP, 0, 0),
	STEP(R08_leaving_the_mode_clears_stored,
	     STORED, DISABLE, OTHER_MODE, 0, OFF, STOP, 0, 0),
	STEP(R08_set_lapic_keeps_the_deadline,
	     ARMED, LAPIC_SET, MODE_10B, 0, STORED, STOP, OLD, 0),
	STEP(R08_set_lapic_keeps_it_in_any_mode,
	     ARMED, LAPIC_SET, OTHER_MODE, 0, STORED, STOP, OLD, 0),
	STEP(R12_set_lapic_leaves_stored_alone,
	     STORED, LAPIC_SET, MODE_10B, 0, STORED, NOTHING, OLD, 0),
	STEP(R12_host_write_only_stores,
	     OFF, HOST_WRITE, MODE_10B, NEW, STORED, STOP, NEW, 0),
	STEP(R12_host_write_stores_in_any_mode,
	     OFF, HOST_WRITE, OTHER_MODE, NEW, STORED, STOP, NEW, 0),
	STEP(R12_host_write_replaces_stored,
	     STORED, HOST_WRITE, OTHER_MODE, NEW, STORED, STOP, NEW, 0),
	STEP(R12_host_write_replaces_armed,
	     ARMED, HOST_WRITE, MODE_10B, NEW, STORED, STOP, NEW, 0),
	STEP(R12_host_zero_disarms,
	     ARMED, HOST_WRITE, MODE_10B, 0, OFF, STOP, 0, 0),
	STEP(R12_host_zero_disarms_stored,
	     STORED, HOST_WRITE, OTHER_MODE, 0, OFF, STOP, 0, 0),
	STEP(R12_host_zero_leaves_the_tsc_deadline_alone,
	     OFF, HOST_WRITE, MODE_10B, 0, OFF, NOTHING, 0, 0),
	STEP(R12_clock_published_arms_stored,
	     STORED, CLOCK_PUBLISHED, MODE_10B, 0, ARMED, START, OLD, OLD_TSC),
	STEP(R12_clock_published_clears_stored_in_other_mode,
	     STORED, CLOCK_PUBLISHED, OTHER_MODE, 0, OFF, STOP, 0, 0),
	STEP(R12_expiry_does_not_judge_stored,
	     STORED, EXPIRE, MODE_10B, ~0ULL, STORED, NOTHING, OLD, 0),
	STEP(R14_new_clock_derives_again,
	     ARMED, CLOCK_PUBLISHED, MODE_10B, 0, ARMED, START, OLD, OLD_TSC),
	STEP(R08_disabled_apic_clears_armed,
	     ARMED, CLOCK_PUBLISHED, OTHER_MODE, 0, OFF, STOP, 0, 0),
	STEP(R17_tsc_write_passes,
	     OFF, TSC_WRITE, MODE_10B, NEW, OFF, NATIVE, 0, 0),
	STEP(R17_zero_tsc_write_passes,
	     OFF, TSC_WRITE, MODE_10B, 0, OFF, NATIVE, 0, 0),
	STEP(R17_expiry_passes,
	     OFF, EXPIRE, MODE_10B, ~0ULL, OFF, NATIVE, 0, 0),
	STEP(R17_leave_means_nothing,
	     OFF, DISABLE, OTHER_MODE, 0, OFF, NOTHING, 0, 0),
	STEP(R17_set_lapic_means_nothing,
	     OFF, LAPIC_SET, MODE_10B, 0, OFF, NOTHING, 0, 0),
	STEP(R17_new_clock_means_nothing,
	     OFF, CLOCK_PUBLISHED, MODE_10B, 0, OFF, NOTHING, 0, 0),
};

/* A stale cache shows who derives it again, except where its value counts. */
static struct kvm_deadline_timer timer_before(const struct step_case *c)
{
	return (struct kvm_deadline_timer) {
		.deadline_ns = c->from == KVM_DEADLINE_ST_OFF ? 0 : OLD,
		.deadline_tsc = c->event == KVM_DEADLINE_EV_EXPIRE ? OLD_TSC : STALE_TSC,
		.state = c->from,
	};
}

static void run_case(void **state)
{
	const struct step_case *c = *state;
	struct kvm_deadline_timer timer = timer_before(c);
	struct kvm_deadline_input input = {
		.event = c->event, .mode_ok = c->mode_ok, .value = c->value,
		.tsc = c->event == KVM_DEADLINE_EV_EXPIRE ? c->value : NOW_TSC,
		.clock = &clock_2ghz,
	};

	assert_int_equal(kvm_deadline_step(&timer, &input), c->action);
	assert_int_equal(timer.state, c->to);
	assert_int_equal(timer.deadline_ns, c->deadline_ns);
	if (c->to == KVM_DEADLINE_ST_ARMED)
		assert_int_equal(timer.deadline_tsc, c->deadline_tsc);
}

static void table_has_every_state_and_event(void **state)
{
	bool seen[STATES][EVENTS] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		seen[cases[i].from][cases[i].event] = true;
	for (size_t i = 0; i < STATES * EVENTS; i++)
		assert_true(seen[i / EVENTS][i % EVENTS]);
}

static void R02_due_only_from_the_deadline_on(void **state)
{
	struct kvm_deadline_timer timer = { OLD, OLD_TSC, KVM_DEADLINE_ST_ARMED };

	(void)state;
	assert_false(kvm_deadline_due(&timer, 0));
	assert_false(kvm_deadline_due(&timer, OLD_TSC - 1));
	assert_true(kvm_deadline_due(&timer, OLD_TSC));
	assert_true(kvm_deadline_due(&timer, ~0ULL));
}

/* The last TSC value is no proof that K got there. */
static void R15_never_is_not_due_at_the_last_tsc(void **state)
{
	struct kvm_deadline_timer timer = {
		OLD, KVM_DEADLINE_TSC_NEVER, KVM_DEADLINE_ST_ARMED
	};

	(void)state;
	assert_false(kvm_deadline_due(&timer, ~0ULL));
}

static void R17_due_stops_nobody_else(void **state)
{
	struct kvm_deadline_timer off = { 0, ~0ULL, KVM_DEADLINE_ST_OFF };
	struct kvm_deadline_timer stored = { OLD, ~0ULL, KVM_DEADLINE_ST_STORED };

	(void)state;
	assert_true(kvm_deadline_due(&off, 0));
	assert_true(kvm_deadline_due(&stored, 0));
}

#define OTHERS	4

int main(void)
{
	struct CMUnitTest tests[OTHERS + ARRAY_SIZE(cases)] = {
		cmocka_unit_test(table_has_every_state_and_event),
		cmocka_unit_test(R02_due_only_from_the_deadline_on),
		cmocka_unit_test(R15_never_is_not_due_at_the_last_tsc),
		cmocka_unit_test(R17_due_stops_nobody_else),
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tests[OTHERS + i] = (struct CMUnitTest) {
			.name = cases[i].name,
			.test_func = run_case,
			.initial_state = (void *)&cases[i],
		};
	}
	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
