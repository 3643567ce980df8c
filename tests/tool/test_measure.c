// SPDX-License-Identifier: GPL-2.0-only
/* The commands that go on for a while, on a machine whose time is the tests'. */
#include <stdio.h>
#include <string.h>

#include "../../tools/proc.h"
#include "fake_machine.h"
#include "suite.h"

#define MS	1000000ULL
#define SECOND	NSEC_PER_SEC

static uint64_t irqs, stolen_ns;

uint64_t __wrap_interrupts_local_timer(int fd, int cpu)
{
	(void)fd;
	assert_true(cpu == 2 || cpu == -1);
	return irqs;
}

uint64_t __wrap_steal_ns(int fd, int cpu)
{
	(void)fd;
	assert_int_equal(cpu, 2);
	return stolen_ns;
}

static const struct fake_machine on_kvmclock = {
	.files = { { CLOCKSOURCES "/current_clocksource", "kvm-clock\n", 0 } },
};

/* What happens in each sleep, until the change and after it. */
static struct plan {
	int change_at;		/* number of the sleep */
	double ppm;
	uint64_t late_ns, late_after_ns;
	uint64_t irqs, irqs_after;
	uint64_t steal_ns, steal_after_ns;
	uint64_t steal_restarts_at;	/* the counter of the other host */
} plan;

static void as_planned(int sleep)
{
	bool after = sleep >= plan.change_at;

	if (sleep == plan.change_at) {
		fake_time.ticks_per_us *= 1 + plan.ppm / 1e6;
		if (plan.steal_restarts_at)
			stolen_ns = plan.steal_restarts_at;
	}
	fake_time.late_ns = after ? plan.late_after_ns : plan.late_ns;
	irqs += after ? plan.irqs_after : plan.irqs;
	stolen_ns += after ? plan.steal_after_ns : plan.steal_ns;
}

static const char *measured(const struct plan *what, uint64_t total_ns, bool json)
{
	struct options options = { .sleep_ns = 50 * MS, .total_ns = total_ns };
	const char *text;
	int code;

	plan = *what;
	irqs = 1000;
	stolen_ns = 500 * MS;
	fake_machine = &on_kvmclock;
	interrupted = false;
	fake_time = (struct fake_time) {
		.now_ns = 77 * SECOND, .tsc = 1e12, .ticks_per_us = 2000,
		.error_ns = 100, .on_sleep = as_planned,
	};
	text = printed_by(measure_command, &options, json, &code);
	assert_int_equal(code, 0);
	return text;
}

static void assert_says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("it does not say '%s':\n%s", words, text);
}

static void assert_silent(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("it says '%s':\n%s", words, text);
}

static const struct plan quiet = {
	.change_at = 1 << 30, .late_ns = 64000, .irqs = 1,
};

/* 200 of them, as 50 ms and 64 us do not fit oftener into 10 s. */
static void steady_text(void **state)
{
	static const char wanted[] =
		"200 sleeps of 50 ms, TSC 2000.0 MHz:\n"
		"    32.8 us - 65.5 us   ######################################## 200\n"
		"  median 64 us, 99 % within 64 us, worst 64 us; 1.0 timer interrupts per sleep\n"
		"  TSC rate: steady; a change of less than 12 ppm cannot be told from noise\n";

	(void)state;
	assert_string_equal(measured(&quiet, 10 * SECOND, false), wanted);
}

static void steady_json(void **state)
{
	static const char * const wanted[] = {
		"{\"sleep_us\":50000.000,\"total_s\":10.013,\"moves\":0,\"jumps\":0,\"clock_is_tsc\":false,\"phases\":[{\"begin_s\":0.000,\"tsc_mhz\":2000.000,\"sleeps\":200,\"across_us\":0.000,\"late_p50_us\":64.000,\"late_p99_us\":64.000,\"late_max_us\":64.000,\"irqs_per_sleep\":1.000,\"stolen_percent\":0.000,\"tsc_means\":10,\"tsc_change_ppm\":0.000,\"tsc_bound_ppm\":12.397}]}\n",
	};

	(void)state;
	assert_string_equal(measured(&quiet, 10 * SECOND, true), *wanted);
}

/* The middle one of 200, half late, then none: of the bucket 63.488 to 65.536 the middle. */
static void median_is_of_the_half(void **state)
{
	struct plan half = quiet;

	(void)state;
	half.change_at = 100;
	half.late_after_ns = 300000;
	assert_says(measured(&half, 10 * SECOND, true),
		    "\"sleeps\":200,\"across_us\":0.000,\"late_p50_us\":64.512,\"late_p99_us\":300.000");
	half.change_at--;
	assert_says(measured(&half, 10 * SECOND, true), "\"late_p50_us\":300.000,");
	half = quiet;
	half.late_ns = 0;
	assert_says(measured(&half, 10 * SECOND, true), "\"late_max_us\":0.000,");
}

static void of_no_sleep_nothing_is_said(void **state)
{
	struct options options = { .sleep_ns = 50 * MS };
	int code;

	(void)state;
	measured(&quiet, SECOND, true);
	interrupted = true;
	assert_says(printed_by(measure_command, &options, true, &code),
		    "\"sleeps\":0,\"across_us\":0.000,\"late_p50_us\":0.000,\"late_p99_us\":0.000,\"late_max_us\":0.000,\"irqs_per_sleep\":0.000,\"stolen_percent\":0.000,");
}

/* What is true of a move in the middle of 30 s, or that it cannot be told. */
static void T3_every_change_of_rate_is_told(void **state)
{
	static const struct { double ppm; const char *says; } table[] = {
		{ 0, "steady; a change of less than 12 ppm cannot be told" },
		{ 5, "steady; a change of less than 12 ppm cannot be told" },
		{ 100, "changed by 100 ppm; whether by a move" },
		{ -100, "changed by 100 ppm; whether by a move" },
		{ 250, "changed by 250 ppm; whether by a move" },
		{ 500, "changed by 500 ppm; whether by a move" },
	};
	struct plan changed = quiet;
	size_t i;

	(void)state;
	changed.change_at = 300;
	changed.late_after_ns = 64000;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const char *text;

		changed.ppm = table[i].ppm;
		text = measured(&changed, 30 * SECOND, false);
		assert_says(text, table[i].says);
		assert_silent(text, "Moved");
		assert_silent(text, "kept its rate");
	}
}

static void T3_more_than_slew_is_a_move(void **state)
{
	static const double ppm[] = { 1000, 2000, -1000, 1500000 };
	struct plan changed = quiet;
	size_t i;

	(void)state;
	changed.change_at = 300;
	changed.late_after_ns = 64000;
	for (i = 0; i < ARRAY_SIZE(ppm); i++) {
		const char *text;

		changed.ppm = ppm[i];
		text = measured(&changed, 30 * SECOND, false);
		assert_says(text, "Moved after 15.1 s; the sleep it fell into ended 64 us late.");
		assert_says(text, "timers are as before the move.");
		assert_silent(text, "changed by");
	}
}

static void T3_short_time_tells_nothing(void **state)
{
	(void)state;
	assert_says(measured(&quiet, SECOND, false),
		    "TSC rate: cannot be told from noise in so short a time");
}

static void T3_clock_that_is_the_tsc_tells_nothing(void **state)
{
	static const struct fake_machine on_tsc = {
		.files = { { CLOCKSOURCES "/current_clocksource", "tsc\n", 0 } },
	};
	struct options options = { .sleep_ns = 50 * MS, .total_ns = 5 * SECOND };
	int code;

	(void)state;
	measured(&quiet, SECOND, false);
	fake_machine = &on_tsc;
	assert_says(printed_by(measure_command, &options, false, &code),
		    "TSC rate: cannot be told, as the clock is the TSC itself; nor can a move");
	assert_says(printed_by(measure_command, &options, true, &code),
		    "\"clock_is_tsc\":true");
}

/* 10 s, then at half the rate. */
static const struct plan moved = {
	.change_at = 200, .ppm = -500000, .late_ns = 64000, .irqs = 1,
	.late_after_ns = 64000, .irqs_after = 1,
};

static void move_text(void **state)
{
	static const char wanted[] =
		"200 sleeps of 50 ms, TSC 2000.0 MHz:\n"
		"    32.8 us - 65.5 us   ######################################## 200\n"
		"  median 64 us, 99 % within 64 us, worst 64 us; 1.0 timer interrupts per sleep\n"
		"  TSC rate: steady; a change of less than 12 ppm cannot be told from noise\n"
		"\n"
		"Moved after 10.2 s; the sleep it fell into ended 50 ms late.\n"
		"99 sleeps of 50 ms, TSC 1000.0 MHz:\n"
		"    33.6 ms - 67.1 ms   ######################################## 99\n"
		"  median 49.3 ms, 99 % within 49.3 ms, worst 50 ms; 1.0 timer interrupts per sleep\n"
		"  TSC rate: steady; a change of less than 12 ppm cannot be told from noise\n"
		"\n"
		"Compared: sleeps end later than before the move.\n";
	static const char * const json[] = {	/* 50 ms is in the bucket 48.234 to 50.332 */
		"{\"sleep_us\":50000.000,\"total_s\":20.013,\"moves\":1,\"jumps\":0,\"clock_is_tsc\":false,\"compared\":\"sleeps end later than before the move\",\"phases\":[{\"begin_s\":0.000,\"tsc_mhz\":2000.000,\"sleeps\":200,\"across_us\":0.000,\"late_p50_us\":64.000,\"late_p99_us\":64.000,\"late_max_us\":64.000,\"irqs_per_sleep\":1.000,\"stolen_percent\":0.000,\"tsc_means\":10,\"tsc_change_ppm\":0.000,\"tsc_bound_ppm\":12.397},{\"begin_s\":10.213,\"tsc_mhz\":1000.000,\"sleeps\":99,\"across_us\":50000.000,\"late_p50_us\":49283.072,\"late_p99_us\":49283.072,\"late_max_us\":50000.000,\"irqs_per_sleep\":1.000,\"stolen_percent\":0.000,\"tsc_means\":9,\"tsc_change_ppm\":0.000,\"tsc_bound_ppm\":12.400}]}\n",
	};
	struct plan late = moved;

	(void)state;
	late.late_after_ns = 50 * MS;
	assert_string_equal(measured(&late, 20 * SECOND, false), wanted);
	assert_string_equal(measured(&late, 20 * SECOND, true), *json);
}

static void more_interrupts_are_told(void **state)
{
	struct plan busy = moved;

	(void)state;
	busy.irqs_after = 4;
	assert_says(measured(&busy, 20 * SECOND, false), "timers are as before the move.");
	busy.irqs_after = 5;
	assert_says(measured(&busy, 20 * SECOND, false),
		    "sleeps take more interrupts than before the move.");
	assert_says(measured(&busy, 20 * SECOND, true), "\"irqs_per_sleep\":5.000");
}

/* Twice as late and 1 ms more is the least that is called later: 1.128 ms. */
static void a_little_later_is_as_before(void **state)
{
	struct plan late = moved;

	(void)state;
	late.late_after_ns = 1100000;
	assert_says(measured(&late, 20 * SECOND, false), "timers are as before the move.");
	late.late_after_ns = 1200000;
	assert_says(measured(&late, 20 * SECOND, false), "end later than before the move.");
}

static void T4_steal_is_told(void **state)
{
	struct plan stolen = quiet;
	const char *text;

	(void)state;
	stolen.late_ns = 25 * MS;
	stolen.steal_ns = 15 * MS;
	text = measured(&stolen, 15 * SECOND, false);
	assert_says(text,
		    "  stolen: for 20.0 % of the time the host ran something else on this CPU\n");
	assert_says(measured(&stolen, 15 * SECOND, true), "\"stolen_percent\":20.000");
	assert_silent(measured(&quiet, 15 * SECOND, false), "stolen");
	/* Next to nothing is not worth a line. */
	stolen.steal_ns = 37500;
	assert_silent(measured(&stolen, 15 * SECOND, false), "stolen");
	stolen.steal_ns = 75000;
	assert_says(measured(&stolen, 15 * SECOND, false), "stolen: for 0.1 %");
}

static void T4_steal_is_not_blamed_on_the_move(void **state)
{
	struct plan stolen = moved;

	(void)state;
	stolen.late_after_ns = 50 * MS;
	stolen.steal_after_ns = 20 * MS;
	assert_says(measured(&stolen, 20 * SECOND, false),
		    "Compared: sleeps end later than before the move, but more time was stolen as well: that may be why.");
	/* As much as before is no reason. */
	stolen.steal_ns = 10 * MS;
	assert_says(measured(&stolen, 20 * SECOND, false),
		    "Compared: sleeps end later than before the move.");
}

/* The other host's counter is behind, or years ahead; its rate may be the same. */
static void T4_steal_counter_may_jump(void **state)
{
	static const uint64_t restarts[] = { 1, 10 * MS, 100000 * SECOND };
	struct plan stolen = moved;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(restarts); i++) {
		stolen.steal_restarts_at = restarts[i / 2];
		stolen.ppm = i % 2 ? moved.ppm : 0;
		assert_says(measured(&stolen, 20 * SECOND, true),
			    "\"stolen_percent\":0.000");
		assert_silent(measured(&stolen, 20 * SECOND, false), "stolen");
	}
}

/* Sleeps shorter than the unit that steal is counted in. */
static void T4_steal_in_short_sleeps(void **state)
{
	struct options options = { .sleep_ns = MS, .total_ns = SECOND };
	int code;

	(void)state;
	measured(&quiet, SECOND, false);
	plan = (struct plan) { .change_at = 500, .steal_restarts_at = 600 * MS };
	stolen_ns = 590 * MS;
	fake_time.sleeps = 0;
	assert_says(printed_by(measure_command, &options, true, &code),
		    "\"stolen_percent\":1.000");
}

static void jumps_once(int sleep)
{
	as_planned(sleep);
	if (sleep == 100)
		fake_time.tsc += 1e9;
}

static void jump_is_told(void **state)
{
	struct options options = { .sleep_ns = 50 * MS, .total_ns = 20 * SECOND };
	const char *text;
	int code;

	(void)state;
	measured(&quiet, SECOND, false);
	fake_time.on_sleep = jumps_once;
	fake_time.sleeps = 0;
	text = printed_by(measure_command, &options, false, &code);
	assert_says(text, "400 sleeps");
	assert_says(text,
		    "\nThe TSC jumped 1 times against the clock: pauses, or moves to hosts of nearly the same rate.\n");
	assert_silent(text, "Moved");
}

static void moves_all_the_time(int sleep)
{
	as_planned(sleep);
	if (sleep % 10 == 9)
		fake_time.ticks_per_us *= 1.5;
}

/* 989 of 1000 are 64 us late, so one of the 99 % is not. */
static void ninety_nine_percent_are_that_many(void **state)
{
	static const struct plan late = {
		.change_at = 989, .late_ns = 64000, .late_after_ns = 1000000,
	};
	const char *text = measured(&late, 50 * SECOND + 70 * MS, true);

	(void)state;
	assert_says(text, "\"sleeps\":1000,");
	assert_says(text, "\"late_p50_us\":64.512,\"late_p99_us\":999.424,");
	assert_says(measured(&late, 50 * SECOND + 70 * MS, false),
		    "99 % within 999 us, worst 1 ms");
}

/* More moves than there is place for: the last phase takes them all. */
static void many_moves_are_kept_apart_as_far_as_it_goes(void **state)
{
	struct options options = { .sleep_ns = 50 * MS, .total_ns = 10 * SECOND };
	const char *text;
	int code;

	(void)state;
	measured(&quiet, SECOND, false);
	fake_time.on_sleep = moves_all_the_time;
	fake_time.sleeps = 0;
	text = printed_by(measure_command, &options, true, &code);
	assert_says(text, "\"moves\":7,");
	assert_says(text, "\"compared\":\"timers are as before the move\"");
}

static void interrupts_at_3(int sleep)
{
	as_planned(sleep);
	if (sleep == 3)
		interrupted = true;
}

/* Nothing but the interruption ends it; the sleep that was cut short does not count. */
static void interrupted_measurement_reports(void **state)
{
	struct options options = { .sleep_ns = 50 * MS };
	const char *text;
	int code;

	(void)state;
	measured(&quiet, SECOND, false);
	fake_time.on_sleep = interrupts_at_3;
	fake_time.sleeps = 0;
	text = printed_by(measure_command, &options, true, &code);
	interrupted = false;
	assert_int_equal(code, 0);
	assert_says(text, "\"sleeps\":3,");
}

/* Bars of all lengths; less than 2 us and more than an hour have one, too. */
static void spreads(int sleep)
{
	static const uint64_t late_ns[] = {
		0, 1, 1000, 1500, 2047, 3000, 999600, 999600, 999400,
		2 * SECOND, 999600000,
	};

	fake_time.late_ns = late_ns[sleep % ARRAY_SIZE(late_ns)];
}

static void bars(void **state)
{
	static const char wanted[] =
		"11 sleeps of 0.9996 s, TSC 2000.0 MHz:\n"
		"       0 us - 2.05 us   ################### 5\n"
		"    2.05 us - 4.1 us    #### 1\n"
		"     524 us - 1.05 ms   ########### 3\n"
		"     537 ms - 1.074 s   #### 1\n"
		"    1.074 s - 2.147 s   #### 1\n"
		"  median 3.01 us, 99 % within 1.98 s, worst 2 s; 0.0 timer interrupts per sleep\n"
		"  TSC rate: steady; a change of less than 12 ppm cannot be told from noise\n";
	struct options options = { .sleep_ns = 999600000, .total_ns = 13 * SECOND };
	int code;

	(void)state;
	measured(&quiet, SECOND, false);
	fake_time.on_sleep = spreads;
	fake_time.sleeps = 0;
	assert_string_equal(printed_by(measure_command, &options, false, &code), wanted);
}

static char msr[32], native[32];

static const struct fake_machine with_driver = {
	.files = {
		{ "/sys/module/kvm_deadline/counters/native", native, 0 },
		{ "/sys/module/kvm_deadline/counters/kvmclock", "5\n", 0 },
		{ "/sys/module/kvm_deadline/counters/msr", msr, 0 },
		{ "/sys/module/kvm_deadline/counters/elided", "9\n", 0 },
		{ "/sys/module/kvm_deadline/counters/refused", "0\n", 0 },
	},
};

/* The driver is loaded again in the third interval, and counts from 0. */
static void counts(int sleep)
{
	irqs += 30;
	sprintf(msr, "%d\n", sleep < 2 ? 1010 + 10 * sleep : 7);
	strcpy(native, "4\n");
}

static const char *watched(const struct fake_machine *machine, uint64_t total_ns,
			   bool json)
{
	struct options options = { .interval_ns = 500 * MS, .total_ns = total_ns };
	const char *text;
	int code;

	fake_machine = machine;
	interrupted = false;
	irqs = 100;
	strcpy(msr, "1000\n");
	strcpy(native, "3\n");
	fake_time = (struct fake_time) {
		.now_ns = 77 * SECOND, .ticks_per_us = 1, .on_sleep = counts,
	};
	text = printed_by(watch_command, &options, json, &code);
	assert_int_equal(code, 0);
	return text;
}

static void watch_text(void **state)
{
	static const char wanted[] =
		"  interrupts      native    kvmclock         msr     refused   per second\n"
		"        60.0         2.0         0.0        20.0         0.0\n"
		"        60.0         0.0         0.0        20.0         0.0\n"
		"        60.0         0.0         0.0         0.0         0.0\n"
		"        60.0         0.0         0.0         0.0         0.0\n";

	(void)state;
	assert_string_equal(watched(&with_driver, 2 * SECOND, false), wanted);
}

static void watch_json(void **state)
{
	static const char * const wanted[] = {
		"{\"monotonic_s\":77.500,\"timer_interrupts\":130,\"native\":4,\"kvmclock\":5,\"msr\":1010,\"elided\":9,\"refused\":0}\n",
		"{\"monotonic_s\":78.000,\"timer_interrupts\":160,\"native\":4,\"kvmclock\":5,\"msr\":1020,\"elided\":9,\"refused\":0}\n",
	};
	const char *text;
	size_t length;

	(void)state;
	text = watched(&with_driver, SECOND, true);
	length = strlen(wanted[0]);
	assert_int_equal(strncmp(text, wanted[0], length), 0);
	assert_string_equal(text + length, wanted[1]);
}

static void watch_without_driver(void **state)
{
	static const char wanted_json[] =
		"{\"monotonic_s\":77.500,\"timer_interrupts\":130}\n";
	static const char wanted[] =
		"The driver kvm_deadline is not loaded: timer interrupts only.\n"
		"  interrupts   per second\n"
		"        60.0\n"
		"        60.0\n";
	static const struct fake_machine none;

	(void)state;
	assert_string_equal(watched(&none, SECOND, false), wanted);
	assert_string_equal(watched(&none, SECOND / 2, true), wanted_json);
}

/* The header comes again when it would have left the screen. */
static void watch_repeats_its_header(void **state)
{
	const char *text = watched(&with_driver, 20 * SECOND / 2, false);

	(void)state;
	assert_null(strstr(strstr(text, "native") + 1, "native"));
	text = watched(&with_driver, 21 * SECOND / 2, false);
	assert_non_null(strstr(strstr(text, "native") + 1, "native"));
}

static void watch_ends_when_interrupted(void **state)
{
	struct options options = { .interval_ns = 500 * MS };
	int code;

	(void)state;
	watched(&with_driver, SECOND, false);
	fake_time.on_sleep = interrupts_at_3;
	fake_time.sleeps = 0;
	assert_says(printed_by(watch_command, &options, true, &code), "79.500");
	assert_int_equal(code, 0);
	assert_int_equal(fake_time.sleeps, 4);
	interrupted = false;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(steady_text),
	cmocka_unit_test(steady_json),
	cmocka_unit_test(median_is_of_the_half),
	cmocka_unit_test(of_no_sleep_nothing_is_said),
	cmocka_unit_test(T3_every_change_of_rate_is_told),
	cmocka_unit_test(T3_more_than_slew_is_a_move),
	cmocka_unit_test(T3_short_time_tells_nothing),
	cmocka_unit_test(T3_clock_that_is_the_tsc_tells_nothing),
	cmocka_unit_test(move_text),
	cmocka_unit_test(more_interrupts_are_told),
	cmocka_unit_test(a_little_later_is_as_before),
	cmocka_unit_test(T4_steal_is_told),
	cmocka_unit_test(T4_steal_is_not_blamed_on_the_move),
	cmocka_unit_test(T4_steal_counter_may_jump),
	cmocka_unit_test(T4_steal_in_short_sleeps),
	cmocka_unit_test(jump_is_told),
	cmocka_unit_test(ninety_nine_percent_are_that_many),
	cmocka_unit_test(many_moves_are_kept_apart_as_far_as_it_goes),
	cmocka_unit_test(interrupted_measurement_reports),
	cmocka_unit_test(bars),
	cmocka_unit_test(watch_text),
	cmocka_unit_test(watch_json),
	cmocka_unit_test(watch_without_driver),
	cmocka_unit_test(watch_repeats_its_header),
	cmocka_unit_test(watch_ends_when_interrupted),
};

const struct suite measure_suite = { tests, ARRAY_SIZE(tests) };
