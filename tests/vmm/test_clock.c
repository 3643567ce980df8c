// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkvmdeadline against a fake KVM: by which clock a deadline becomes a TSC value.
 * What it has to be is known from kvmclock() of fake_kvm.c, not from core/.
 */
#include "fake_kvm.h"

/* 2 GHz: two ticks to the nanosecond. */
static void R01_arms_at_the_tsc_that_reaches_it(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + 10 * SECOND_NS);
	assert_int_equal(host.tsc_deadline, 1000 + 20 * SECOND_NS);
	guest_wrmsr(1);
	assert_in_range(host.tsc_deadline, 1, 1000);
}

static void R02_takes_the_page_once_the_vcpu_has_run(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 500 + 2 * 7);
	/* A page of before the change says nothing. */
	kvmdl_changed(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 7);
	guest_wrmsr(HOUR_NS + 8);
	assert_int_equal(host.tsc_deadline, 500 + 2 * 8);
}

static void R02_asks_for_the_clock_once_a_second(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	host.calls = 0;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(host.calls, 1);
	assert_int_equal(host.tsc_deadline, 500 + 2 * SECOND_NS);
	publish(1, HOUR_NS - 50);
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(host.tsc_deadline, 500 + 2 * (SECOND_NS + 50));
	/* The guest moved its page. */
	publish(2, HOUR_NS);
	guest_wrmsr(HOUR_NS + SECOND_NS + 200);
	assert_int_equal(host.tsc_deadline, 500 + 2 * (SECOND_NS + 200));
	/* The VMM did. */
	publish(1, HOUR_NS + 100);
	kvmdl_changed(&vcpu);
	before_run();
	guest_wrmsr(HOUR_NS + 300);
	assert_int_equal(host.tsc_deadline, 500 + 2 * 200);
}

/* The page's memory outlives a reset, the guest's use of it does not. */
static void R02_a_reset_forgets_the_page(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	host.clock_msr = 0;
	guest_wrmsr(HOUR_NS + 8);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 8);
}

static void R02_a_page_that_is_off_is_not_cached(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	host.clock_msr = 0x1000;
	guest_wrmsr(HOUR_NS + 2 * SECOND_NS);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 2 * SECOND_NS);
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 7);
}

/* KVM_RUN has returned with the guest's write, then the VMM sets the clock. */
static void R02_a_page_of_before_the_change_is_not_valid(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	before_run();
	host.clock_ns = HOUR_NS - 4 * SECOND_NS;
	kvmdl_changed(&vcpu);
	guest_wrmsr(HOUR_NS + 8);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * (4 * SECOND_NS + 8));
}

/* A KVM_RUN that only completes an access to a device publishes nothing. */
static void R02_an_exit_of_the_vmms_validates_no_page(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	host.clock_ns = HOUR_NS - 4 * SECOND_NS;
	kvmdl_changed(&vcpu);
	before_run();
	run.exit_reason = KVM_EXIT_MMIO;
	assert_int_equal(kvmdl_handle_exit(&vcpu), 0);
	assert_int_equal(kvmdl_set(&vcpu, HOUR_NS + 8), 0);
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + 2 * (4 * SECOND_NS + 8));
}

static void R02_a_page_that_is_being_written_is_not_read(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	page[1].version++;
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 7);
}

static void R02_a_page_that_is_not_there_is_not_read(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	page_is_there = false;
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 7);
	/* Nor is one that was. */
	page_is_there = true;
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 500 + 2 * 7);
	page_is_there = false;
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 7);
}

/* Whichever of the ioctls another process ran before. */
static void R02_no_pause_while_the_clock_is_read_matters(void **state)
{
	uint64_t deadline_ns = HOUR_NS + 10 * SECOND_NS;
	int call;

	(void)state;
	for (call = 1; host.calls == 0 || host.calls >= call; call++) {
		set_up(NULL);
		assert_int_equal(kvmdl_set(&vcpu, deadline_ns), 0);
		host.pause = 1ull << (host.calls + call);
		before_run();
		assert_int_equal(host.tsc_deadline, 1000 + 20 * SECOND_NS);
	}
	assert_in_range(call, 3, 20);
}

/* One good reading of three is enough, wherever in the others the pause is. */
static void R02_two_pauses_do_not_matter_either(void **state)
{
	static const int reading[] = { 3, 6, 9 };
	int i, call;

	(void)state;
	for (i = 0; i < 6; i++) {
		set_up(NULL);
		host.tsc += 100 * SECOND_NS;
		kvmdl_changed(&vcpu);
		/* MSRs and the rate first; a reading is TSC, clock, TSC. */
		call = 1 + i / 3;
		host.pause = 1ull << (reading[(i + 1) % 3] + call) |
			     1ull << (reading[(i + 2) % 3] + call);
		guest_wrmsr(HOUR_NS + 10 * SECOND_NS);
		assert_int_equal(host.calls, 12);
		assert_int_equal(host.tsc_deadline, 1000 + 120 * SECOND_NS);
	}
}

/* Never early; late by what the published factors and nanoseconds cannot express. */
static void R02_any_tsc_rate(void **state)
{
	static const int edges_khz[] = { 500000, 1000000, 1000001, 2000000, 2000001, 4000000 };
	uint64_t ahead_ns, exact;
	unsigned int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		set_up(NULL);
		host.khz = i < ARRAY_SIZE(edges_khz) ? edges_khz[i] :
			   1000 + (int)(next_random() % 10000000);
		ahead_ns = 1 + next_random() % (600 * SECOND_NS);
		guest_wrmsr(HOUR_NS + ahead_ns);
		exact = (ahead_ns * (u128)host.khz + 999999) / 1000000;
		assert_in_range(host.tsc_deadline - 1000, exact, exact + (exact >> 31) + 16);
	}
}

/* What KVM was given for deadline_ns, by the words of docs/msr.rst. */
static void expect_exact(const struct clock_page *clock, uint64_t deadline_ns)
{
	uint64_t given = host.tsc_deadline;

	if (kvmclock(clock, host.tsc) >= deadline_ns) {
		/* Past: at once, and 0 is not a TSC deadline. */
		assert_true(given && (given <= host.tsc || given == 1));
	} else if (!given) {
		/* No TSC reaches it before the counter wraps. */
		assert_true(~0ull - host.tsc <= NEAR_TICKS);
		assert_true(kvmclock(clock, ~0ull - 1) < deadline_ns);
		assert_in_range(kvmdl_next_check_ns(&vcpu), 1, SECOND_NS / 100);
	} else if (given - host.tsc == NEAR_TICKS) {
		assert_true(given > host.tsc);
		assert_true(kvmclock(clock, given) < deadline_ns);
		assert_in_range(kvmdl_next_check_ns(&vcpu), 1, HOUR_NS / 4);
	} else {
		assert_true(given > host.tsc && given - host.tsc < NEAR_TICKS);
		assert_true(kvmclock(clock, given) >= deadline_ns);
		assert_true(kvmclock(clock, given - 1) < deadline_ns);
		assert_int_equal(kvmdl_next_check_ns(&vcpu), 0);
	}
}

static uint64_t random_of(const uint64_t *values, unsigned int count, uint64_t around)
{
	return values[next_random() % count] + next_random() % (2 * around) - around;
}

/* The guest's own clock, also where the TSC or its timestamp has wrapped. */
static void R02_any_page(void **state)
{
	static const uint64_t stamps[] = { 0, 1ull << 32, 1ull << 63, 1ull << 62 };
	static const uint64_t passed[] = { 0, 0, 3000000, 1ull << 40, 1ull << 45 };
	static const uint64_t ahead[] = { 0, 1000, SECOND_NS, 3 * HOUR_NS, 1ull << 62 };
	uint64_t deadline_ns;
	bool near;
	int i;

	(void)state;
	for (i = 0; i < 50000; i++) {
		set_up(NULL);
		publish(1, 1 + next_random() % (1ull << 60));
		page[1].tsc_timestamp = random_of(stamps, 4, 1ull << 33);
		page[1].tsc_to_system_mul = next_random() | 1u << 31;
		page[1].tsc_shift = (int)(next_random() % 6) - 3;
		host.tsc = page[1].tsc_timestamp + random_of(passed, 5, 1000);
		deadline_ns = kvmclock(&page[1], host.tsc) + random_of(ahead, 5, 500);
		guest_wrmsr(deadline_ns);
		expect_exact(&page[1], deadline_ns);
		/* The second one by the cached page, if it is not far. */
		host.calls = 0;
		deadline_ns += next_random() % 1000;
		guest_wrmsr(deadline_ns);
		expect_exact(&page[1], deadline_ns);
		near = deadline_ns < kvmclock(&page[1], host.tsc) + SECOND_NS;
		assert_int_equal(host.calls, near ? 1 : 2);
	}
}

static void R14_judged_anew_when_the_clock_moves(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + 10 * SECOND_NS);
	host.clock_ns += 4 * SECOND_NS;
	kvmdl_changed(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + 12 * SECOND_NS);
	/* Fired on the way: not again. */
	host.tsc_deadline = 0;
	kvmdl_changed(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 0);
}

/* kvmclock went on meanwhile, KVM's timer did not, and nobody says so. */
static void R14_a_suspend_of_the_host_is_noticed(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 10 * SECOND_NS);
	before_run();
	host.suspended_ns += 4 * SECOND_NS;
	host.clock_ns += 4 * SECOND_NS;
	/* A signal ended KVM_RUN. */
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + 12 * SECOND_NS);
	/* Once; and a pause between two readings is none. */
	host.calls = 0;
	host.monotonic_ns += SECOND_NS;
	before_run();
	host.suspended_ns += 100;
	before_run();
	host.suspended_ns += SECOND_NS / 1000;
	before_run();
	assert_int_equal(host.calls, 0);
	host.suspended_ns += SECOND_NS / 1000 + 1;
	before_run();
	assert_int_not_equal(host.calls, 0);
}

static void R15_far_ones_are_given_in_parts(void **state)
{
	static const uint64_t far[] = { 6 * HOUR_NS, 1ull << 63, ~0ull };
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		guest_wrmsr(far[i]);
		assert_int_equal(host.tsc_deadline, 1000 + NEAR_TICKS);
		assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), far[i]);
		assert_int_equal(guest_rdmsr(MSR_IA32_TSC_DEADLINE), 0);
		/* A host of up to 10 GHz is not there by then. */
		assert_in_range(kvmdl_next_check_ns(&vcpu), 1, HOUR_NS / 3);
		/* Near enough at last. */
		host.clock_ns = far[i] - SECOND_NS;
		kvmdl_changed(&vcpu);
		before_run();
		assert_int_equal(kvmdl_next_check_ns(&vcpu), 0);
		assert_int_equal(host.tsc_deadline, 1000 + 2 * SECOND_NS);
		host.clock_ns = HOUR_NS;
	}
}

/*
 * The VMM need not say why it comes.  And the next part is by the guest's page:
 * KVM_GET_CLOCK may be of another opinion.
 */
static void R15_the_next_part_is_by_the_page(void **state)
{
	uint64_t deadline_ns = HOUR_NS + 3 * HOUR_NS;

	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(deadline_ns);
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + NEAR_TICKS);
	host.calls = 0;
	host.monotonic_ns += kvmdl_next_check_ns(&vcpu) / 2 - 1;
	before_run();
	assert_int_equal(host.calls, 0);
	host.monotonic_ns++;
	before_run();
	assert_int_not_equal(host.calls, 0);
	host.tsc += 2 * 2 * HOUR_NS;
	host.clock_ns += 2 * HOUR_NS + 12345;
	host.monotonic_ns += kvmdl_next_check_ns(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 500 + 2 * 3 * HOUR_NS);
	assert_int_equal(kvmdl_next_check_ns(&vcpu), 0);
}

/* A VMM comes a little early, or has its alarm still set for the part before. */
static void R15_parts_follow_one_another_in_time(void **state)
{
	uint64_t end = 10 * HOUR_NS, part = 0;
	uint64_t step;

	(void)state;
	guest_wrmsr(100 * HOUR_NS);
	while (host.monotonic_ns < 7 * HOUR_NS + end) {
		before_run();
		if (host.tsc_deadline != part) {
			part = host.tsc_deadline;
			assert_int_equal(part, host.tsc + NEAR_TICKS);
		}
		step = kvmdl_next_check_ns(&vcpu);
		step -= next_random() % (step / 10);
		/* At 10 GHz. */
		host.monotonic_ns += step;
		host.clock_ns += step;
		host.tsc += 10 * step;
		assert_true(host.tsc < part && part - host.tsc > NEAR_TICKS / 5);
	}
}

static void R15_far_ones_can_be_lost_like_near_ones(void **state)
{
	(void)state;
	/* R05: the guest took the TSC MSR, and that has fired. */
	guest_wrmsr(~0ull);
	host.tsc_deadline = 0;
	expect_state(0, 0);
	/* R08: KVM forgets it when the guest leaves the mode. */
	guest_wrmsr(~0ull);
	host.tsc_deadline = 0;
	assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), 0);
	assert_int_equal(kvmdl_next_check_ns(&vcpu), 0);
}

const struct CMUnitTest clock_tests[] = {
	TEST(R01_arms_at_the_tsc_that_reaches_it),
	TEST(R02_takes_the_page_once_the_vcpu_has_run),
	TEST(R02_asks_for_the_clock_once_a_second),
	TEST(R02_a_reset_forgets_the_page),
	TEST(R02_a_page_that_is_off_is_not_cached),
	TEST(R02_a_page_of_before_the_change_is_not_valid),
	TEST(R02_an_exit_of_the_vmms_validates_no_page),
	TEST(R02_a_page_that_is_being_written_is_not_read),
	TEST(R02_a_page_that_is_not_there_is_not_read),
	TEST(R02_no_pause_while_the_clock_is_read_matters),
	TEST(R02_two_pauses_do_not_matter_either),
	TEST(R02_any_tsc_rate),
	TEST(R02_any_page),
	TEST(R14_judged_anew_when_the_clock_moves),
	TEST(R14_a_suspend_of_the_host_is_noticed),
	TEST(R15_far_ones_are_given_in_parts),
	TEST(R15_the_next_part_is_by_the_page),
	TEST(R15_parts_follow_one_another_in_time),
	TEST(R15_far_ones_can_be_lost_like_near_ones),
};

const size_t clock_tests_count = ARRAY_SIZE(clock_tests);
