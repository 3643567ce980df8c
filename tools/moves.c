// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>

#include "moves.h"

/* NTP may slew by 500 ppm, one way before and the other way after. */
#define SLEW		0.001
/* Between the two reads of a sample the CPU may have been elsewhere. */
#define SAMPLE_NS	50000.0
/* A rate that keeps changing for so long is no rate: begin again with it. */
#define ODD_MAX		8

void moves_start(struct moves *moves, uint64_t tsc, uint64_t ns)
{
	*moves = (struct moves) { .last_tsc = tsc, .last_ns = ns };
}

static bool fits(double rate, double expected, uint64_t ns)
{
	double off = rate > expected ? rate - expected : expected - rate;

	return off <= expected * (SLEW + SAMPLE_NS / ns);
}

static enum moves_event odd_step(struct moves *moves, double rate, uint64_t ns)
{
	bool again = moves->odd && fits(rate, moves->odd_rate, ns);

	if (again || moves->odd == ODD_MAX) {
		moves->ticks_per_us = rate;
		moves->odd = 0;
		return again ? MOVES_MOVED : MOVES_JUMPED;
	}
	moves->odd_rate = rate;
	moves->odd++;
	return MOVES_ODD;
}

/* The step in which a move takes place has a mixed rate, the next two agree. */
enum moves_event moves_step(struct moves *moves, uint64_t tsc, uint64_t ns)
{
	uint64_t step_ns = ns - moves->last_ns;
	/* Signed: a restored TSC may be behind the last one. */
	double rate = (int64_t)(tsc - moves->last_tsc) * 1000.0 / step_ns;
	enum moves_event event = MOVES_STEADY;

	if (!step_ns)
		return MOVES_STEADY;
	moves->last_tsc = tsc;
	moves->last_ns = ns;
	if (moves->ticks_per_us <= 0)
		moves->ticks_per_us = rate;
	if (!fits(rate, moves->ticks_per_us, step_ns))
		return odd_step(moves, rate, step_ns);

	if (moves->odd)
		event = MOVES_JUMPED;
	moves->odd = 0;
	/* Follow a slow drift, and forget how rough the first step was. */
	moves->ticks_per_us += (rate - moves->ticks_per_us) / 8;
	return event;
}
