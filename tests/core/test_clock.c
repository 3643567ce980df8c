// SPDX-License-Identifier: GPL-2.0-only
/* kvmclock arithmetic on chosen values; prop.c has the random ones. */
#include "reference.h"

typedef bool (*check_fn)(const struct kvm_deadline_clock *clock, u64 value);

static void every_shift(struct kvm_deadline_clock *clock, check_fn check)
{
	for (int shift = -31; shift <= 31; shift++) {
		clock->tsc_shift = (s8)shift;
		for (size_t i = 0; i < ARRAY_SIZE(corners); i++)
			assert_true(check(clock, corners[i]));
	}
}

/* Every corner value in every field with every other. */
static void every_corner(check_fn check)
{
	struct kvm_deadline_clock clock;

	for (size_t i = 0; i < ARRAY_SIZE(corners); i++)
		for (size_t j = 0; j < ARRAY_SIZE(corners); j++)
			for (size_t k = 0; k < ARRAY_SIZE(corners); k++) {
				clock.tsc_timestamp = corners[i];
				clock.system_time = corners[j];
				clock.tsc_to_system_mul = (u32)corners[k];
				every_shift(&clock, check);
			}
}

static void R01_K_is_what_the_guest_reads(void **state)
{
	(void)state;
	every_corner(forward_ok);
}

static bool inverse_from_corners_ok(const struct kvm_deadline_clock *clock,
				    u64 deadline_ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(corners); i++)
		if (!inverse_ok(clock, deadline_ns, corners[i]))
			return false;
	return true;
}

static void R02_tsc_is_exact_minimal_never_early(void **state)
{
	(void)state;
	every_corner(inverse_from_corners_ok);
}

/* Figures worked out by hand, in case both references share a mistake. */
static void R01_known_rates(void **state)
{
	static const struct {
		u32 mul;
		s8 shift;
		u64 ticks;
		u64 ns;
	} rates[] = {
		{ 0x80000000, 1, 1000000000, 1000000000 },	/* 1 GHz */
		{ 0x80000000, 0, 2000000000, 1000000000 },	/* 2 GHz */
		{ 0xcccccccd, -1, 2500000000, 1000000000 },	/* 2.5 GHz */
		{ 0x80000000, 2, 500000000, 1000000000 },	/* 500 MHz */
		{ 0x80000000, 0, 3, 1 },			/* rounds down */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		struct kvm_deadline_clock clock = {
			100, 7, rates[i].mul, rates[i].shift
		};

		assert_int_equal(kvm_deadline_clock_ns(&clock, 100 + rates[i].ticks),
				 7 + rates[i].ns);
	}
}

/* 2 GHz: each nanosecond begins on an even tick. */
static void R02_known_inverse(void **state)
{
	struct kvm_deadline_clock clock = { 100, 7, 0x80000000, 0 };

	(void)state;
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 8, 0), 102);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 8, 101), 102);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 8, 103), 102);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 1000000007, 100), 2000000100);
	assert_int_equal(kvm_deadline_clock_ns(&clock, 2000000099), 1000000006);
}

static void R01_tsc_before_timestamp_counts_as_no_ticks(void **state)
{
	struct kvm_deadline_clock clock = { 1000, 7, 0x80000000, 1 };

	(void)state;
	assert_int_equal(kvm_deadline_clock_ns(&clock, 999), 7);
	assert_int_equal(kvm_deadline_clock_ns(&clock, 0), 7);
	assert_int_equal(kvm_deadline_clock_ns(&clock, 999 + (1ULL << 63)), (1ULL << 63) + 6);
	assert_int_equal(kvm_deadline_clock_ns(&clock, 1000 + (1ULL << 63)), 7);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 7, 0), 0);
}

/* What KVM publishes when a guest sets its TSC to 1, 4 s into the master clock. */
static void R15_timestamp_below_zero_is_a_clock_that_goes_on(void **state)
{
	struct kvm_deadline_clock clock = { -4000000000ULL, 70, 0x80000000, 1 };

	(void)state;
	assert_int_equal(kvm_deadline_clock_ns(&clock, -4000000000ULL), 70);
	assert_int_equal(kvm_deadline_clock_ns(&clock, ~0ULL), 4000000069);
	assert_int_equal(kvm_deadline_clock_ns(&clock, 0), 4000000070);
	assert_int_equal(kvm_deadline_clock_ns(&clock, 1), 4000000071);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 71, 1), 0);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 4000000071, 1), 1);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 4000000072, 1), 2);
}

static void R15_forward_saturates(void **state)
{
	struct kvm_deadline_clock fast = { 0, 0, ~0u, 31 };
	struct kvm_deadline_clock late = { 0, ~0ULL - 1, 0x80000000, 1 };

	(void)state;
	assert_int_equal(kvm_deadline_clock_ns(&fast, ~0ULL >> 1), ~0ULL);
	assert_int_equal(kvm_deadline_clock_ns(&late, 1), ~0ULL);
	assert_int_equal(kvm_deadline_clock_ns(&late, 2), ~0ULL);
}

static void R15_out_of_reach_is_never(void **state)
{
	struct kvm_deadline_clock slow = { 0, 0, 1, -31 };
	struct kvm_deadline_clock end = { ~0ULL - 10, 0, 0x80000000, 1 };
	u64 never = KVM_DEADLINE_TSC_NEVER;

	(void)state;
	assert_int_equal(kvm_deadline_clock_tsc(&slow, 3, 0), never);
	assert_int_equal(kvm_deadline_clock_tsc(&end, 9, ~0ULL - 10), ~0ULL - 1);
	/* Reached by a counter that wraps first, so asked for again after that. */
	assert_int_equal(kvm_deadline_clock_tsc(&end, 10, ~0ULL - 10), never);
	assert_int_equal(kvm_deadline_clock_tsc(&end, 20, ~0ULL - 4), never);
	assert_int_equal(kvm_deadline_clock_tsc(&end, 20, 3), 9);
}

/* mul 0 is what a guest finds before the host has filled the page. */
static void R15_clock_that_stands_still(void **state)
{
	struct kvm_deadline_clock clock = { 5, 9, 0, 0 };

	(void)state;
	assert_int_equal(kvm_deadline_clock_ns(&clock, ~0ULL >> 1), 9);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 9, 5), 0);
	assert_int_equal(kvm_deadline_clock_tsc(&clock, 10, 5), KVM_DEADLINE_TSC_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R01_K_is_what_the_guest_reads),
		cmocka_unit_test(R01_known_rates),
		cmocka_unit_test(R01_tsc_before_timestamp_counts_as_no_ticks),
		cmocka_unit_test(R02_tsc_is_exact_minimal_never_early),
		cmocka_unit_test(R02_known_inverse),
		cmocka_unit_test(R15_timestamp_below_zero_is_a_clock_that_goes_on),
		cmocka_unit_test(R15_forward_saturates),
		cmocka_unit_test(R15_out_of_reach_is_never),
		cmocka_unit_test(R15_clock_that_stands_still),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
