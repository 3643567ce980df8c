// SPDX-License-Identifier: GPL-2.0-only
/* The TSC-change detector and the histogram, by tables. */
#include <stdio.h>
#include <string.h>

#include "../../tools/histogram.h"
#include "../../tools/tool.h"
#include "suite.h"

#define MS	1000000ULL
#define STEP_NS	(50 * MS)

static struct tsc_rate rate;
static struct tsc_sample now;
static double tsc;

static void start_at(double tsc_before)
{
	tsc = tsc_before;
	now = (struct tsc_sample) { .tsc = tsc, .ns = 7, .error_ns = 100 };
	tsc_rate_start(&rate, &now);
}

/* A step of so long, in which the TSC ticks at this rate. */
static enum tsc_event step(uint64_t ns, double ticks_per_us)
{
	tsc += ns / 1000.0 * ticks_per_us;
	now.ns += ns;
	now.tsc = (int64_t)tsc;
	return tsc_rate_step(&rate, &now);
}

static void jump(double ticks)
{
	tsc += ticks;
}

/* After a second at 1000 MHz. */
static void settle(void)
{
	int i;

	start_at(1e12);
	for (i = 0; i < 20; i++)
		assert_int_equal(step(STEP_NS, 1000), TSC_STEADY);
}

static void change_is_seen_by_two_that_agree(void **state)
{
	static const double rates[] = { 500, 997, 1003, 2500, 40 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		settle();
		/* Half of it at either rate. */
		assert_int_equal(step(STEP_NS, (1000 + rates[i]) / 2), TSC_ODD);
		assert_int_equal(step(STEP_NS, rates[i]), TSC_ODD);
		assert_int_equal(step(STEP_NS, rates[i]), TSC_CHANGED);
		assert_true(rate.ticks_per_us > rates[i] * 0.999999);
		assert_true(rate.ticks_per_us < rates[i] * 1.000001);
		assert_int_equal(rate.range.means, 0);
		assert_int_equal(step(STEP_NS, rates[i]), TSC_STEADY);
	}
}

/* The step with both rates is then near enough to either. */
static void small_change_is_seen_by_the_next_two(void **state)
{
	static const double rates[] = { 999, 1001 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		settle();
		assert_int_equal(step(STEP_NS, (1000 + rates[i]) / 2), TSC_STEADY);
		assert_int_equal(step(STEP_NS, rates[i]), TSC_ODD);
		assert_int_equal(step(STEP_NS, rates[i]), TSC_CHANGED);
	}
}

/* NTP may do as much to a clock: 500 ppm, and what reading does to it. */
static void slew_is_steady(void **state)
{
	static const double rates[] = { 999.5, 1000.5, 1000.4, 999.9 };
	size_t i;
	int j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		settle();
		for (j = 0; j < 50; j++)
			assert_int_equal(step(STEP_NS, rates[i]), TSC_STEADY);
		/* It has gone along. */
		assert_true(rate.ticks_per_us > rates[i] * 0.99999);
		assert_true(rate.ticks_per_us < rates[i] * 1.00001);
	}
}

/* An eighth of the way with each step. */
static void rate_goes_along_slowly(void **state)
{
	(void)state;
	settle();
	step(STEP_NS, 1000.4);
	assert_true(rate.ticks_per_us > 1000.0499);
	assert_true(rate.ticks_per_us < 1000.0501);
}

static void jump_is_no_change(void **state)
{
	static const double ticks[] = { 1e9, -1e9, -5e11, 5e4, 1e15 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ticks); i++) {
		settle();
		jump(ticks[i]);
		assert_int_equal(step(STEP_NS, 1000), TSC_ODD);
		assert_int_equal(step(STEP_NS, 1000), TSC_JUMPED);
		assert_int_equal(step(STEP_NS, 1000), TSC_STEADY);
	}
}

/* 50 us in a step of 50 ms are 1000 ppm, 20 us are 400: those may be slew. */
static void small_jump_is_lost_in_slew(void **state)
{
	(void)state;
	settle();
	jump(20000);
	assert_int_equal(step(STEP_NS, 1000), TSC_STEADY);
	assert_int_equal(step(STEP_NS, 1000), TSC_STEADY);
}

static void no_rate_at_all_begins_again(void **state)
{
	int i;

	(void)state;
	settle();
	for (i = 0; i < 8; i++)
		assert_int_equal(step(STEP_NS, 1100 + 100 * i), TSC_ODD);
	assert_int_equal(step(STEP_NS, 2500), TSC_JUMPED);
	assert_int_equal(step(STEP_NS, 2500), TSC_STEADY);
}

/* Readings 100 us wrong, and a clock of 1 us, are 100 ppm of 2.01 s. */
static void rough_clock_takes_its_time(void **state)
{
	int i;

	(void)state;
	start_at(0);
	now.error_ns = 100000;
	rate.last.error_ns = 100000;
	for (i = 0; i < 200; i++)
		assert_int_equal(step(10 * MS, 1000), TSC_WAIT);
	assert_int_equal(step(10 * MS, 1000), TSC_STEADY);
	assert_int_equal(step(10 * MS, 1000), TSC_WAIT);
}

static void clock_that_stands_still_is_waited_for(void **state)
{
	(void)state;
	settle();
	assert_int_equal(step(0, 1000), TSC_WAIT);
	now.ns -= 5;
	assert_int_equal(tsc_rate_step(&rate, &now), TSC_WAIT);
	now.ns += 5;
	assert_int_equal(step(STEP_NS, 1000), TSC_STEADY);
}

static void means_are_taken_over_a_second(void **state)
{
	int i;

	(void)state;
	settle();
	assert_int_equal(rate.range.means, 1);
	for (i = 0; i < 19; i++)
		step(STEP_NS, 1000.1);
	assert_int_equal(rate.range.means, 1);
	step(STEP_NS, 1000.1);
	assert_int_equal(rate.range.means, 2);
	assert_true(tsc_range_ppm(&rate.range) > 99.9);
	assert_true(tsc_range_ppm(&rate.range) < 100.1);
	/* 100 ns at either end and 1 us of the clock, twice, in a second; 10 of crystals */
	assert_true(tsc_range_bound_ppm(&rate.range) > 12.39);
	assert_true(tsc_range_bound_ppm(&rate.range) < 12.41);
	/* A rougher one widens it, a finer one does not narrow it. */
	now.error_ns = 1100;
	for (i = 0; i < 20; i++)
		step(STEP_NS, 999.9);
	now.error_ns = 10;
	for (i = 0; i < 20; i++)
		step(STEP_NS, 1000);
	assert_int_equal(rate.range.means, 4);
	assert_true(tsc_range_bound_ppm(&rate.range) > 14.39);
	assert_true(tsc_range_bound_ppm(&rate.range) < 14.41);
	assert_true(tsc_range_ppm(&rate.range) > 199.9);
	assert_true(tsc_range_ppm(&rate.range) < 200.1);
}

static void mean_does_not_span_a_jump(void **state)
{
	int i;

	(void)state;
	settle();
	for (i = 0; i < 10; i++)
		step(STEP_NS, 1000);
	jump(1e6);
	step(STEP_NS, 1000);
	for (i = 0; i < 20; i++)
		step(STEP_NS, 1000);
	assert_int_equal(rate.range.means, 2);
	assert_true(tsc_range_ppm(&rate.range) < 0.1);
}

static void without_a_mean_there_is_no_range(void **state)
{
	struct tsc_range range = { 0 };

	(void)state;
	assert_true(tsc_range_ppm(&range) == 0);
}

static struct histogram histogram;

static void fill(const uint64_t *ns, size_t count)
{
	size_t i;

	memset(&histogram, 0, sizeof(histogram));
	for (i = 0; i < count; i++)
		histogram_add(&histogram, ns[i]);
}

/* One value alone is given back as itself or less, by 1/32 at most. */
static void histogram_keeps_values(void **state)
{
	static const uint64_t values[] = {
		0, 1, 7, 15, 16, 17, 31, 32, 33, 100, 1000, 1023, 1024, 99999,
		123456789, 1ULL << 40, (1ULL << 40) - 1, 1ULL << 62, UINT64_MAX,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		uint64_t got;

		fill(&values[i], 1);
		got = histogram_permille(&histogram, 500);
		assert_true(got <= values[i]);
		assert_true(values[i] - got <= values[i] / 32);
		assert_true(histogram.max_ns == values[i]);
		assert_int_equal(histogram.count, 1);
	}
}

static void histogram_gives_the_middle_of_a_bucket(void **state)
{
	static const uint64_t values[] = { 1024, 4000000000 };

	(void)state;
	fill(values, 2);
	/* 1024 to 1087 is one bucket. */
	assert_int_equal(histogram_permille(&histogram, 500), 1056);
	assert_true(histogram_permille(&histogram, 501) > 3900000000);
}

static void histogram_finds_parts(void **state)
{
	static const uint64_t one_to_ten[] = { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };

	(void)state;
	fill(one_to_ten, 10);
	assert_int_equal(histogram_permille(&histogram, 0), 0);
	assert_int_equal(histogram_permille(&histogram, 100), 1);
	assert_int_equal(histogram_permille(&histogram, 101), 2);
	assert_int_equal(histogram_permille(&histogram, 500), 5);
	assert_int_equal(histogram_permille(&histogram, 990), 10);
	assert_int_equal(histogram_permille(&histogram, 1000), 10);
	fill(NULL, 0);
	assert_int_equal(histogram_permille(&histogram, 500), 0);
}

static void histogram_counts_octaves(void **state)
{
	static const uint64_t values[] = { 15, 16, 31, 32, 63, 64, 1ULL << 63 };

	(void)state;
	fill(values, ARRAY_SIZE(values));
	assert_int_equal(histogram_octave(&histogram, 4), 2);
	assert_int_equal(histogram_octave(&histogram, 5), 2);
	assert_int_equal(histogram_octave(&histogram, 6), 1);
	assert_int_equal(histogram_octave(&histogram, 62), 0);
	assert_int_equal(histogram_octave(&histogram, 63), 1);
}

static void histogram_merges(void **state)
{
	static const uint64_t few[] = { 1, 2, 300 }, more[] = { 2, 40000 };
	static struct histogram sum;

	(void)state;
	memset(&sum, 0, sizeof(sum));
	fill(few, 3);
	histogram_merge(&sum, &histogram);
	fill(more, 2);
	histogram_merge(&sum, &histogram);
	histogram_merge(&sum, &(const struct histogram) { 0 });
	assert_int_equal(sum.count, 5);
	assert_int_equal(sum.max_ns, 40000);
	assert_int_equal(sum.buckets[1], 1);
	assert_int_equal(sum.buckets[2], 2);
	assert_int_equal(histogram_octave(&sum, 8), 1);
	assert_int_equal(histogram_octave(&sum, 15), 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(change_is_seen_by_two_that_agree),
	cmocka_unit_test(small_change_is_seen_by_the_next_two),
	cmocka_unit_test(slew_is_steady),
	cmocka_unit_test(rate_goes_along_slowly),
	cmocka_unit_test(jump_is_no_change),
	cmocka_unit_test(small_jump_is_lost_in_slew),
	cmocka_unit_test(no_rate_at_all_begins_again),
	cmocka_unit_test(rough_clock_takes_its_time),
	cmocka_unit_test(clock_that_stands_still_is_waited_for),
	cmocka_unit_test(means_are_taken_over_a_second),
	cmocka_unit_test(mean_does_not_span_a_jump),
	cmocka_unit_test(without_a_mean_there_is_no_range),
	cmocka_unit_test(histogram_keeps_values),
	cmocka_unit_test(histogram_gives_the_middle_of_a_bucket),
	cmocka_unit_test(histogram_finds_parts),
	cmocka_unit_test(histogram_counts_octaves),
	cmocka_unit_test(histogram_merges),
};

const struct suite rate_suite = { tests, ARRAY_SIZE(tests) };
