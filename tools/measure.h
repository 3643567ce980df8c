/* SPDX-License-Identifier: GPL-2.0-only */
/* measure.c measures, report.c shows. */
#ifndef KVM_DEADLINE_TOOL_MEASURE_H
#define KVM_DEADLINE_TOOL_MEASURE_H

#include <stdint.h>

#include "histogram.h"

#define MEASURE_PHASES_MAX	8
#define MEASURE_PENDING_MAX	16

/**
 * struct measure_phase - the sleeps between two moves
 * @late: how late they ended
 * @irqs: local timer interrupts of this CPU in them
 * @begin_ns: since the start of the measurement
 * @across_ns: how late the sleep ended that the move fell into
 * @tsc_mhz: rate of the TSC
 */
struct measure_phase {
	struct histogram late;
	uint64_t irqs;
	uint64_t begin_ns;
	uint64_t across_ns;
	double tsc_mhz;
};

struct measure_report {
	uint64_t sleep_ns;
	uint64_t begin_ns;
	uint64_t total_ns;
	uint64_t jumps;
	int phase_count;
	struct measure_phase phases[MEASURE_PHASES_MAX];
};

void measure_show_live(const struct measure_report *report, uint64_t goal_ns);
void measure_clear_live(void);
void measure_show(const struct measure_report *report);

#endif /* KVM_DEADLINE_TOOL_MEASURE_H */
