/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See a move from inside: the guest's clock goes on in nanoseconds, but its TSC
 * now ticks at the other host's rate.
 *
 * A move between hosts of one rate leaves at most a jump of the TSC against the
 * clock.  Where the clock is the TSC itself, neither can be seen.
 */
#ifndef KVM_DEADLINE_TOOL_MOVES_H
#define KVM_DEADLINE_TOOL_MOVES_H

#include <stdint.h>

enum moves_event {
	MOVES_STEADY,
	MOVES_ODD,	/* wait: the next steps will tell */
	MOVES_JUMPED,	/* one odd step, and the old rate again */
	MOVES_MOVED,	/* another rate */
};

/**
 * struct moves - the rate seen so far
 * @ticks_per_us: of the TSC; 0 before the first step
 * @odd_rate: of the last step, if that did not fit
 * @last_tsc: sample at the end of the last step
 * @last_ns: sample at the end of the last step
 * @odd: steps in a row that did not fit
 */
struct moves {
	double ticks_per_us;
	double odd_rate;
	uint64_t last_tsc;
	uint64_t last_ns;
	int odd;
};

void moves_start(struct moves *moves, uint64_t tsc, uint64_t ns);
enum moves_event moves_step(struct moves *moves, uint64_t tsc, uint64_t ns);

#endif /* KVM_DEADLINE_TOOL_MOVES_H */
