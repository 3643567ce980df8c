// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-deadline measure: how late sleeps end, and what they cost in interrupts.
 *
 * Left running across a move it keeps what was before apart from what is after.
 */
#include <unistd.h>

#include "measure.h"
#include "proc.h"
#include "tool.h"

/**
 * struct measure - a measurement that goes on
 * @interrupts_fd: to count local timer interrupts
 * @steal_fd: to see stolen time
 * @cpu: that we stay on
 * @begin_ns: raw clock
 * @last_ns: raw clock, at the end of the last sleep
 * @steal_ns: what the kernel said at the end of the last sleep
 * @rate: of the TSC
 * @step: sleeps since the last step of @rate
 * @odd: sleeps that a change of rate may be among
 * @report: what is known
 */
struct measure {
	int interrupts_fd;
	int steal_fd;
	int cpu;
	uint64_t begin_ns;
	uint64_t last_ns;
	uint64_t steal_ns;
	struct tsc_rate rate;
	struct measure_sleeps step;
	struct measure_sleeps odd;
	struct measure_report report;
};

static struct measure_phase *current(struct measure *measure)
{
	return &measure->report.phases[measure->report.phase_count - 1];
}

static void merge_sleeps(struct measure_sleeps *into, struct measure_sleeps *from)
{
	histogram_merge(&into->late, &from->late);
	into->irqs += from->irqs;
	into->steal_ns += from->steal_ns;
	into->time_ns += from->time_ns;
	*from = (struct measure_sleeps) { 0 };
}

static void begin_phase(struct measure *measure, uint64_t now_ns)
{
	struct measure_report *report = &measure->report;
	struct measure_phase *phase;

	if (report->phase_count == MEASURE_PHASES_MAX)
		return;
	phase = &report->phases[report->phase_count++];
	phase->begin_ns = now_ns - measure->begin_ns;
	phase->across_ns = measure->odd.late.max_ns;
}

static void judge_step(struct measure *measure, const struct tsc_sample *now)
{
	switch (tsc_rate_step(&measure->rate, now)) {
	case TSC_WAIT:
		return;
	case TSC_ODD:
		merge_sleeps(&measure->odd, &measure->step);
		return;
	case TSC_JUMPED:
		measure->report.jumps++;
		merge_sleeps(&current(measure)->sleeps, &measure->odd);
		break;
	case TSC_CHANGED:
		begin_phase(measure, now->ns);
		/* They belong to neither side. */
		measure->odd = (struct measure_sleeps) { 0 };
		break;
	case TSC_STEADY:
		break;
	}
	merge_sleeps(&current(measure)->sleeps, &measure->step);
	current(measure)->tsc_mhz = measure->rate.ticks_per_us;
	current(measure)->range = measure->rate.range;
}

/* After a move the counter may go back, or far ahead: that is no time stolen. */
static uint64_t stolen_ns(struct measure *measure, uint64_t slept_ns)
{
	uint64_t now_ns = steal_ns(measure->steal_fd, measure->cpu);
	uint64_t stolen_ns = now_ns - measure->steal_ns;

	measure->steal_ns = now_ns;
	return stolen_ns <= slept_ns + STEAL_UNIT_NS ? stolen_ns : 0;
}

static void sleep_once(struct measure *measure)
{
	uint64_t irqs = interrupts_local_timer(measure->interrupts_fd,
					       measure->cpu);
	uint64_t deadline_ns = monotonic_ns() + measure->report.sleep_ns;
	uint64_t now_ns;

	sleep_until(deadline_ns);
	if (interrupted)
		return;
	now_ns = monotonic_ns();
	histogram_add(&measure->step.late,
		      now_ns > deadline_ns ? now_ns - deadline_ns : 0);
	measure->step.irqs += interrupts_local_timer(measure->interrupts_fd,
						     measure->cpu) - irqs;
}

static void sleep_and_judge(struct measure *measure)
{
	struct tsc_sample now;
	uint64_t slept_ns;

	sleep_once(measure);
	if (interrupted)
		return;
	tsc_sample(&now);
	slept_ns = now.ns - measure->last_ns;
	measure->last_ns = now.ns;
	measure->step.time_ns += slept_ns;
	measure->step.steal_ns += stolen_ns(measure, slept_ns);
	judge_step(measure, &now);
	measure->report.total_ns = now.ns - measure->begin_ns;
}

static void start(struct measure *measure)
{
	struct tsc_sample now;
	char clock[32];

	measure->interrupts_fd = interrupts_open();
	measure->steal_fd = steal_open();
	measure->cpu = hold_still();
	measure->steal_ns = steal_ns(measure->steal_fd, measure->cpu);
	file_read(CLOCKSOURCES "/current_clocksource", clock, sizeof(clock));
	measure->report.clock_is_tsc = is_tsc(clock);

	tsc_sample(&now);
	tsc_rate_start(&measure->rate, &now);
	measure->begin_ns = now.ns;
	measure->last_ns = now.ns;
	begin_phase(measure, now.ns);
}

int measure_command(const struct options *options)
{
	static struct measure measure;
	const struct measure_report *report = &measure.report;
	bool live = !out_json && isatty(STDOUT_FILENO);

	measure = (struct measure) { .report.sleep_ns = options->sleep_ns };
	start(&measure);
	while (!interrupted &&
	       (!options->total_ns || report->total_ns < options->total_ns)) {
		sleep_and_judge(&measure);
		if (live)
			measure_show_live(report, options->total_ns);
	}
	merge_sleeps(&current(&measure)->sleeps, &measure.odd);
	merge_sleeps(&current(&measure)->sleeps, &measure.step);
	if (live)
		measure_clear_live();
	measure_show(report);
	return 0;
}
