// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-deadline measure: how late sleeps end, and what they cost in interrupts.
 *
 * Left running across a move it keeps what was before apart from what is after.
 */
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "histogram.h"
#include "measure.h"
#include "moves.h"
#include "tool.h"

/* How often a sample of clock and TSC is retried for a tight one. */
#define SAMPLE_TRIES	3

struct sleep_result {
	uint64_t late_ns;
	uint64_t irqs;
};

struct measure {
	uint64_t sleep_ns;
	int interrupts_fd;
	int cpu;
	struct moves moves;
	struct measure_report report;
	/* Sleeps that a move may or may not be among. */
	struct sleep_result pending[MEASURE_PENDING_MAX];
	size_t pendings;
};

uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void sleep_until(uint64_t deadline_ns)
{
	struct timespec deadline = {
		.tv_sec = deadline_ns / NSEC_PER_SEC,
		.tv_nsec = deadline_ns % NSEC_PER_SEC,
	};

	while (!interrupted && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
					       &deadline, NULL))
		;
}

/* The clock, and the TSC at that moment: of a few tries the tightest. */
static uint64_t sample(uint64_t *tsc)
{
	uint64_t best = UINT64_MAX, best_ns = 0;
	int i;

	for (i = 0; i < SAMPLE_TRIES; i++) {
		uint64_t before = __rdtsc();
		uint64_t ns = monotonic_ns();
		uint64_t after = __rdtsc();

		if (after - before >= best)
			continue;
		best = after - before;
		best_ns = ns;
		*tsc = before + best / 2;
	}
	return best_ns;
}

static struct measure_phase *current(struct measure *measure)
{
	return &measure->report.phases[measure->report.phase_count - 1];
}

static void keep(struct measure *measure, const struct sleep_result *result)
{
	histogram_add(&current(measure)->late, result->late_ns);
	current(measure)->irqs += result->irqs;
}

/* The first of them is the sleep that the event fell into. */
static void keep_pending(struct measure *measure, bool all)
{
	size_t i;

	for (i = !all; i < measure->pendings; i++)
		keep(measure, &measure->pending[i]);
	measure->pendings = 0;
}

static void begin_phase(struct measure *measure, uint64_t now_ns)
{
	struct measure_report *report = &measure->report;
	struct measure_phase *phase;

	if (report->phase_count == MEASURE_PHASES_MAX)
		return;
	phase = &report->phases[report->phase_count++];
	phase->begin_ns = now_ns - report->begin_ns;
	phase->across_ns = measure->pendings ? measure->pending[0].late_ns : 0;
}

static void take(struct measure *measure, const struct sleep_result *result)
{
	uint64_t tsc = 0, ns = sample(&tsc);

	switch (moves_step(&measure->moves, tsc, ns)) {
	case MOVES_STEADY:
		keep(measure, result);
		break;
	case MOVES_ODD:
		if (measure->pendings < MEASURE_PENDING_MAX)
			measure->pending[measure->pendings++] = *result;
		return;
	case MOVES_JUMPED:
		measure->report.jumps++;
		keep_pending(measure, true);
		keep(measure, result);
		break;
	case MOVES_MOVED:
		begin_phase(measure, ns);
		keep_pending(measure, false);
		keep(measure, result);
		break;
	}
	current(measure)->tsc_mhz = measure->moves.ticks_per_us;
}

static void sleep_once(struct measure *measure, struct sleep_result *result)
{
	uint64_t irqs = interrupts_local_timer(measure->interrupts_fd,
					       measure->cpu);
	uint64_t deadline_ns = monotonic_ns() + measure->sleep_ns;
	uint64_t now_ns;

	sleep_until(deadline_ns);
	now_ns = monotonic_ns();
	result->late_ns = now_ns > deadline_ns ? now_ns - deadline_ns : 0;
	result->irqs = interrupts_local_timer(measure->interrupts_fd,
					      measure->cpu) - irqs;
}

/*
 * Stay on one CPU, whose interrupts are counted.  The kernel would round sleeps
 * up by 50 us, and a page fault would count as lateness: neither is the timer's.
 */
static void hold_still(struct measure *measure)
{
	cpu_set_t set;

	measure->cpu = sched_getcpu();
	CPU_ZERO(&set);
	if (measure->cpu >= 0)
		CPU_SET(measure->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	prctl(PR_SET_TIMERSLACK, 1);
	/* Not fatal: where it is forbidden, the first sleep may be late. */
	mlockall(MCL_CURRENT);
}

static void run(struct measure *measure, const struct options *options)
{
	struct measure_report *report = &measure->report;
	uint64_t tsc = 0, ns = sample(&tsc);
	bool live = !out_json && isatty(STDOUT_FILENO);
	struct sleep_result result;

	report->begin_ns = ns;
	begin_phase(measure, ns);
	moves_start(&measure->moves, tsc, ns);
	while (!interrupted) {
		sleep_once(measure, &result);
		if (interrupted)
			break;
		take(measure, &result);
		report->total_ns = measure->moves.last_ns - report->begin_ns;
		if (live)
			measure_show_live(report, options->total_ns);
		if (options->total_ns && report->total_ns >= options->total_ns)
			break;
	}
	keep_pending(measure, true);
	if (live)
		measure_clear_live();
}

int measure_command(const struct options *options)
{
	static struct measure measure;

	measure.sleep_ns = options->sleep_ns;
	measure.report.sleep_ns = options->sleep_ns;
	measure.interrupts_fd = interrupts_open();
	hold_still(&measure);
	run(&measure, options);
	measure_show(&measure.report);
	return 0;
}
