/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TSC-change detector: the guest's clock goes on in nanoseconds, but after a
 * move its TSC ticks at the other host's rate.
 *
 * A move between hosts of one rate leaves at most a jump of the TSC against the
 * clock.  Where the clock is the TSC itself, neither can be seen.
 */
#ifndef KVM_DEADLINE_TOOL_TSC_RATE_H
#define KVM_DEADLINE_TOOL_TSC_RATE_H

#include <stdint.h>

/**
 * struct tsc_sample - clock and TSC at one moment
 * @tsc: counter
 * @ns: clock, in an epoch of its own
 * @error_ns: how far apart the two may have been read
 */
struct tsc_sample {
	uint64_t tsc;
	uint64_t ns;
	uint64_t error_ns;
};

enum tsc_event {
	TSC_WAIT,	/* too early: what is read is still too rough */
	TSC_STEADY,
	TSC_ODD,	/* wait: the next steps will tell */
	TSC_JUMPED,	/* one odd step, and the old rate again */
	TSC_CHANGED,	/* another rate */
};

/**
 * struct tsc_range - what rates were seen, as means over a second each
 * @means: how many
 * @low_ticks_per_us: the lowest
 * @high_ticks_per_us: the highest
 * @error_ppm: how wrong each of them may be at most
 */
struct tsc_range {
	uint64_t means;
	double low_ticks_per_us;
	double high_ticks_per_us;
	double error_ppm;
};

/**
 * struct tsc_rate - the rate seen so far
 * @ticks_per_us: of the TSC; 0 before the first step
 * @odd_ticks_per_us: of the last step, if that did not fit
 * @odd: steps in a row that did not fit
 * @last: the end of the last step
 * @mean_begin: where the mean that is being taken began
 * @range: the means since the rate last changed
 */
struct tsc_rate {
	double ticks_per_us;
	double odd_ticks_per_us;
	int odd;
	struct tsc_sample last;
	struct tsc_sample mean_begin;
	struct tsc_range range;
};

void tsc_rate_start(struct tsc_rate *rate, const struct tsc_sample *now);
enum tsc_event tsc_rate_step(struct tsc_rate *rate, const struct tsc_sample *now);

/* How far apart the means were; what is below tsc_range_bound_ppm() is noise. */
double tsc_range_ppm(const struct tsc_range *range);
double tsc_range_bound_ppm(const struct tsc_range *range);

#endif /* KVM_DEADLINE_TOOL_TSC_RATE_H */
