// SPDX-License-Identifier: GPL-2.0-only
/* What measure found, as bars for a person and as JSON for a machine. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "measure.h"
#include "tool.h"

#define BAR_WIDTH	40
#define OCTAVE_FIRST	10	/* 1 us; what is below is shown with it */
#define OCTAVE_LAST	40	/* 18 minutes */
#define BAR		"########################################"

/* A difference that a person would call one, not the noise of a busy machine. */
#define LATER_NS	1000000
#define MORE_OFTEN	3
#define STOLEN_PERCENT	1
#define LEAST_STOLEN_PERCENT	0.1

#define STEADY \
	"steady; a change of less than %.0f ppm cannot be told from noise\n"
#define CHANGED \
	"changed by %.0f ppm; whether by a move to a host of nearly the same rate or by NTP on the host cannot be told\n"
#define STOLEN \
	"sleeps end later than before the move, but more time was stolen as well: that may be why"

static double irqs_per_sleep(const struct measure_sleeps *sleeps)
{
	uint64_t count = sleeps->late.count;

	return count ? (double)sleeps->irqs / count : 0;
}

static uint64_t median(const struct measure_sleeps *sleeps)
{
	return histogram_permille(&sleeps->late, 500);
}

static double stolen_percent(const struct measure_sleeps *sleeps)
{
	return sleeps->time_ns ? 100.0 * sleeps->steal_ns / sleeps->time_ns : 0;
}

static const char *duration(uint64_t ns, char *text, size_t size)
{
	/* Three digits, and never 1e+03. */
	if (ns < 999500)
		snprintf(text, size, "%.3g us", ns / 1e3);
	else if (ns < 999500000)
		snprintf(text, size, "%.3g ms", ns / 1e6);
	else
		snprintf(text, size, "%.4g s", ns / 1e9);
	return text;
}

static void print_figures(const struct measure_sleeps *sleeps)
{
	char p50[24], p99[24], max[24];

	printf("  median %s, 99 %% within %s, worst %s; %.1f timer interrupts per sleep\n",
	       duration(median(sleeps), p50, sizeof(p50)),
	       duration(histogram_permille(&sleeps->late, 990), p99, sizeof(p99)),
	       duration(sleeps->late.max_ns, max, sizeof(max)),
	       irqs_per_sleep(sleeps));
	if (stolen_percent(sleeps) >= LEAST_STOLEN_PERCENT)
		printf("  stolen: for %.1f %% of the time %s\n",
		       stolen_percent(sleeps),
		       "the host ran something else on this CPU");
}

/* NTP on a host may slew the clock; what is less than that need not be a move. */
static void print_steadiness(const struct measure_report *report,
			     const struct tsc_range *range)
{
	double ppm = tsc_range_ppm(range), bound = tsc_range_bound_ppm(range);

	fputs("  TSC rate: ", stdout);
	if (report->clock_is_tsc)
		puts("cannot be told, as the clock is the TSC itself; nor can a move");
	else if (range->means < 2)
		puts("cannot be told from noise in so short a time");
	else if (ppm > bound)
		printf(CHANGED, ppm);
	else
		printf(STEADY, bound);
}

/* One line that is written over; with a bar when it is known how long. */
void measure_show_live(const struct measure_report *report, uint64_t goal_ns)
{
	const struct measure_phase *phase =
		&report->phases[report->phase_count - 1];
	uint64_t done = report->total_ns < goal_ns ? report->total_ns : goal_ns;
	int filled = goal_ns ? done * 20 / goal_ns : 0;
	char p50[24];

	printf("\r\033[K[%.*s%*s] %.0f s, %d moves, median %s, %.1f timer interrupts per sleep",
	       filled, BAR, 20 - filled, "", report->total_ns / 1e9,
	       report->phase_count - 1,
	       duration(median(&phase->sleeps), p50, sizeof(p50)),
	       irqs_per_sleep(&phase->sleeps));
	fflush(stdout);
}

void measure_clear_live(void)
{
	fputs("\r\033[K", stdout);
}

static uint64_t octave_count(const struct histogram *late, int octave)
{
	uint64_t sum = histogram_octave(late, octave);
	int below;

	if (octave == OCTAVE_FIRST)
		for (below = 0; below < (OCTAVE_FIRST - 3) * HISTOGRAM_STEPS;
		     below++)
			sum += late->buckets[below];
	return sum;
}

static void print_bars(const struct histogram *late)
{
	int octave, length;
	uint64_t count;
	char from[24], to[24];

	for (octave = OCTAVE_FIRST; octave <= OCTAVE_LAST; octave++) {
		count = octave_count(late, octave);
		if (!count)
			continue;
		length = (count * BAR_WIDTH + late->count - 1) / late->count;
		printf("  %9s - %-9s %.*s %" PRIu64 "\n",
		       duration(octave == OCTAVE_FIRST ? 0 : 1ULL << octave,
				from, sizeof(from)),
		       duration(2ULL << octave, to, sizeof(to)),
		       length, BAR, count);
	}
}

static void print_phase(const struct measure_report *report, int number)
{
	const struct measure_phase *phase = &report->phases[number];
	char text[24];

	if (number)
		printf("\n%sMoved%s after %.1f s; the sleep it fell into ended %s late.\n",
		       out_colour(BOLD), out_colour(PLAIN),
		       phase->begin_ns / 1e9,
		       duration(phase->across_ns, text, sizeof(text)));
	printf("%" PRIu64 " sleeps of %s, TSC %.1f MHz:\n",
	       phase->sleeps.late.count,
	       duration(report->sleep_ns, text, sizeof(text)), phase->tsc_mhz);
	print_bars(&phase->sleeps.late);
	print_figures(&phase->sleeps);
	print_steadiness(report, &phase->range);
}

static const char *comparison(const struct measure_sleeps *before,
			      const struct measure_sleeps *after)
{
	if (!before->late.count || !after->late.count)
		return "too few sleeps to compare";
	if (median(after) > 2 * median(before) + LATER_NS) {
		if (stolen_percent(after) >
		    stolen_percent(before) + STOLEN_PERCENT)
			return STOLEN;
		return "sleeps end later than before the move";
	}
	if (irqs_per_sleep(after) > MORE_OFTEN * irqs_per_sleep(before) + 1)
		return "sleeps take more interrupts than before the move";
	return "timers are as before the move";
}

static const char *compared(const struct measure_report *report)
{
	return comparison(&report->phases[0].sleeps,
			  &report->phases[report->phase_count - 1].sleeps);
}

static void print_comparison(const struct measure_report *report)
{
	if (report->phase_count > 1)
		printf("\n%sCompared%s: %s.\n", out_colour(BOLD),
		       out_colour(PLAIN), compared(report));
	if (report->jumps)
		printf("\nThe TSC jumped %" PRIu64 " times against the clock: %s.\n",
		       report->jumps,
		       "pauses, or moves to hosts of nearly the same rate");
}

static void phase_json(const struct measure_phase *phase)
{
	const struct measure_sleeps *sleeps = &phase->sleeps;

	out_open(NULL);
	out_real("begin_s", phase->begin_ns / 1e9);
	out_real("tsc_mhz", phase->tsc_mhz);
	out_number("sleeps", sleeps->late.count);
	out_real("across_us", phase->across_ns / 1e3);
	out_real("late_p50_us", median(sleeps) / 1e3);
	out_real("late_p99_us", histogram_permille(&sleeps->late, 990) / 1e3);
	out_real("late_max_us", sleeps->late.max_ns / 1e3);
	out_real("irqs_per_sleep", irqs_per_sleep(sleeps));
	out_real("stolen_percent", stolen_percent(sleeps));
	out_number("tsc_means", phase->range.means);
	out_real("tsc_change_ppm", tsc_range_ppm(&phase->range));
	out_real("tsc_bound_ppm", tsc_range_bound_ppm(&phase->range));
	out_close();
}

static void report_json(const struct measure_report *report)
{
	int i;

	out_open(NULL);
	out_real("sleep_us", report->sleep_ns / 1e3);
	out_real("total_s", report->total_ns / 1e9);
	out_number("moves", report->phase_count - 1);
	out_number("jumps", report->jumps);
	out_yes_no("clock_is_tsc", report->clock_is_tsc);
	if (report->phase_count > 1)
		out_text("compared", compared(report));
	out_list("phases");
	for (i = 0; i < report->phase_count; i++)
		phase_json(&report->phases[i]);
	out_close();
	out_end();
}

void measure_show(const struct measure_report *report)
{
	int i;

	if (out_json) {
		report_json(report);
		return;
	}
	for (i = 0; i < report->phase_count; i++)
		print_phase(report, i);
	print_comparison(report);
}
