// SPDX-License-Identifier: GPL-2.0-only
/* guest/lapic.c arms once, and what it writes is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "../../guest/guest.h"
#include "host.h"

#define SECOND_NS	1000000000ULL

typedef unsigned __int128 u128;

static struct clock_event_device dev;

static int set_up(void **state)
{
	(void)state;
	irqs_off = true;
	host_start(1000000);
	host_reset_apic();
	host.steady = true;
	dev = (struct clock_event_device) { .mult = 1, .shift = 0 };
	kvm_deadline_leave();
	kvm_deadline_join(BACKEND_MSR);
	memset(&kvm_deadline_stats, 0, sizeof(kvm_deadline_stats));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	irqs_off = false;
	return 0;
}

ktime_t ktime_get(void)
{
	return host_clock_ns(host.now_ps);
}

static u64 now_ns(void)
{
	return host_clock_ns(host.now_ps);
}

/* Of mult 1 and shift 0, so one tick is a nanosecond: it asks for one more. */
static void arm(u64 ns)
{
	assert_int_equal(kvm_deadline_next_event(ns - 1, &dev), 0);
}

static u64 rounded_up(u64 ticks, u32 mult, u32 shift)
{
	u128 ns = ((((u128)ticks + 1) << shift) + mult - 1) / mult;

	return ns > KTIME_MAX ? KTIME_MAX : ns;
}

static void some_ticks(u64 about)
{
	for (u64 ticks = about - 20; ticks != about + 20; ticks++) {
		if (!ticks || ticks > KTIME_MAX)
			continue;
		kvm_deadline_forget();
		assert_int_equal(kvm_deadline_next_event(ticks, &dev), 0);
		assert_int_equal(host.deadline_ns - now_ns(),
				 rounded_up(ticks, dev.mult, dev.shift));
	}
}

static void R02_any_number_of_ticks_is_rounded_up(void **state)
{
	static const u32 mults[] = { 1, 2, 3, 7, 19, 67108864, UINT32_MAX };
	static const u32 shifts[] = { 0, 1, 28, 32 };

	(void)state;
	for (unsigned int m = 0; m < sizeof(mults) / sizeof(*mults); m++) {
		dev.mult = mults[m];
		for (unsigned int s = 0; s < sizeof(shifts) / sizeof(*shifts); s++) {
			dev.shift = shifts[s];
			for (int bit = 0; bit < 64; bit++)
				some_ticks(1ULL << bit);
		}
	}
}

/* Far away is never, not a wrap. */
static void R15_the_end_of_time_is_not_passed(void **state)
{
	(void)state;
	host_step_clock(INT64_MAX);
	host_step_clock(INT64_MAX - 20 * SECOND_NS);
	arm(SECOND_NS);
	assert_int_equal(host.deadline_ns, now_ns() + SECOND_NS);
	kvm_deadline_forget();
	arm(KTIME_MAX);
	assert_int_equal(host.deadline_ns, U64_MAX);
}

/* What is armed is left alone, and that is no refusal. */
static void R17_a_later_one_costs_nothing(void **state)
{
	(void)state;
	arm(SECOND_NS);
	arm(SECOND_NS);
	arm(2 * SECOND_NS);
	assert_int_equal(host.deadline_ns, now_ns() + SECOND_NS);
	assert_int_equal(kvm_deadline_stats.elided, 2);
	assert_int_equal(kvm_deadline_stats.refused, 0);
	assert_int_equal(kvm_deadline_backend, BACKEND_MSR);
	arm(SECOND_NS - 1);
	assert_int_equal(host.deadline_ns, now_ns() + SECOND_NS - 1);
	kvm_deadline_forget();
	arm(SECOND_NS);
	assert_int_equal(host.deadline_ns, now_ns() + SECOND_NS);
	assert_int_equal(kvm_deadline_stats.elided, 2);
}

/* An idle CPU would be woken up for a tick that it has stopped. */
static void R17_within_a_tick_the_later_one_counts(void **state)
{
	(void)state;
	arm(TICK_NSEC);
	arm(SECOND_NS);
	assert_int_equal(host.deadline_ns, now_ns() + SECOND_NS);
	kvm_deadline_forget();
	arm(TICK_NSEC + 1);
	arm(SECOND_NS);
	assert_int_equal(host.deadline_ns, now_ns() + TICK_NSEC + 1);
}

static void a_refusal_costs_the_feature(void **state)
{
	unsigned long queued = kvm_deadline_refusal.queued;

	(void)state;
	host.refuses = true;
	arm(SECOND_NS);
	assert_int_equal(kvm_deadline_stats.refused, 1);
	assert_int_equal(kvm_deadline_refusal.queued, queued + 1);
	assert_int_equal(kvm_deadline_backend, BACKEND_NATIVE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R02_any_number_of_ticks_is_rounded_up),
		TEST(R15_the_end_of_time_is_not_passed),
		TEST(R17_a_later_one_costs_nothing),
		TEST(R17_within_a_tick_the_later_one_counts),
		TEST(a_refusal_costs_the_feature),
	};

	return cmocka_run_group_tests_name("arm", tests, NULL, NULL);
}
