/* SPDX-License-Identifier: GPL-2.0-only */
/* measure.c measures, report.c shows. */
#ifndef KVM_DEADLINE_TOOL_MEASURE_H
#define KVM_DEADLINE_TOOL_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "tsc_rate.h"

#define MEASURE_PHASES_MAX	8

/**
 * struct measure_sleeps - some sleeps in a row
 * @late: how late they ended
 * @irqs: local timer interrupts of this CPU in them
 * @steal_ns: how long the host ran something else on this CPU
 * @time_ns: how long they took, with what is between them
 */
struct measure_sleeps {
	struct histogram late;
	uint64_t irqs;
	uint64_t steal_ns;
	uint64_t time_ns;
};

/**
 * struct measure_phase - what was measured between two moves
 * @sleeps: all of them
 * @begin_ns: since the start of the measurement
 * @across_ns: how late the sleep ended that the move fell into
 * @tsc_mhz: rate of the TSC
 * @range: how steady that was
 */
struct measure_phase {
	struct measure_sleeps sleeps;
	uint64_t begin_ns;
	uint64_t across_ns;
	double tsc_mhz;
	struct tsc_range range;
};

struct measure_report {
	bool clock_is_tsc;
	uint64_t sleep_ns;
	uint64_t total_ns;
	uint64_t jumps;
	int phase_count;
	struct measure_phase phases[MEASURE_PHASES_MAX];
};

void measure_show_live(const struct measure_report *report, uint64_t goal_ns);
void measure_clear_live(void);
void measure_show(const struct measure_report *report);

#endif /* KVM_DEADLINE_TOOL_MEASURE_H */
