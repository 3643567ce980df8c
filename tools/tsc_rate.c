// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>

#include "tsc_rate.h"

/*
 * A smaller change may be NTP's on a host, since a guest's clock may go with its
 * host's; and KVM takes rates for the same that are up to 250 ppm apart.
 */
#define SLEW_PPM	500
/* A step goes on until what reading did to it is far below that. */
#define STEP_ERROR_PPM	100
/* A clock may have steps of its own: an ACPI timer's take 0.28 us. */
#define CLOCK_STEP_NS	1000
#define MEAN_NS		1000000000
/* What the crystals of a clock and a TSC may part by as they get warm. */
#define WANDER_PPM	10
/* A rate that keeps changing for so long is no rate: begin again with it. */
#define ODD_MAX		8

static double rate_between(const struct tsc_sample *begin,
			   const struct tsc_sample *end)
{
	/* Signed: a restored TSC may be behind the last one. */
	return (int64_t)(end->tsc - begin->tsc) * 1000.0 / (end->ns - begin->ns);
}

static double error_ppm(const struct tsc_sample *begin,
			const struct tsc_sample *end)
{
	return (begin->error_ns + end->error_ns + CLOCK_STEP_NS) * 1e6 /
	       (end->ns - begin->ns);
}

static bool fits(double rate, double expected, double tolerance_ppm)
{
	double off = rate > expected ? rate - expected : expected - rate;

	return off * 1e6 <= expected * tolerance_ppm;
}

void tsc_rate_start(struct tsc_rate *rate, const struct tsc_sample *now)
{
	*rate = (struct tsc_rate) { .last = *now, .mean_begin = *now };
}

static void take_mean(struct tsc_rate *rate, const struct tsc_sample *now)
{
	double mean = rate_between(&rate->mean_begin, now);
	double error = error_ppm(&rate->mean_begin, now);
	struct tsc_range *range = &rate->range;

	if (!range->means || mean < range->low_ticks_per_us)
		range->low_ticks_per_us = mean;
	if (!range->means || mean > range->high_ticks_per_us)
		range->high_ticks_per_us = mean;
	if (error > range->error_ppm)
		range->error_ppm = error;
	range->means++;
	rate->mean_begin = *now;
}

/* The step in which a rate changes has a mixed one, the next two agree. */
static enum tsc_event odd_step(struct tsc_rate *rate, double step, double ppm,
			       const struct tsc_sample *now)
{
	bool again = rate->odd && fits(step, rate->odd_ticks_per_us, ppm);

	/* A mean over what is not steady says nothing. */
	rate->mean_begin = *now;
	if (again || rate->odd == ODD_MAX) {
		rate->ticks_per_us = step;
		rate->odd = 0;
		rate->range = (struct tsc_range) { 0 };
		return again ? TSC_CHANGED : TSC_JUMPED;
	}
	rate->odd_ticks_per_us = step;
	rate->odd++;
	return TSC_ODD;
}

static enum tsc_event steady_step(struct tsc_rate *rate, double step,
				  const struct tsc_sample *now)
{
	enum tsc_event event = rate->odd ? TSC_JUMPED : TSC_STEADY;

	rate->odd = 0;
	/* Follow a slow drift, and forget how rough the first step was. */
	rate->ticks_per_us += (step - rate->ticks_per_us) / 8;
	if (now->ns - rate->mean_begin.ns >= MEAN_NS)
		take_mean(rate, now);
	return event;
}

enum tsc_event tsc_rate_step(struct tsc_rate *rate, const struct tsc_sample *now)
{
	double step, ppm;

	if (now->ns <= rate->last.ns)
		return TSC_WAIT;
	ppm = error_ppm(&rate->last, now);
	if (ppm > STEP_ERROR_PPM)
		return TSC_WAIT;
	step = rate_between(&rate->last, now);
	rate->last = *now;
	if (rate->ticks_per_us <= 0)
		rate->ticks_per_us = step;
	if (fits(step, rate->ticks_per_us, SLEW_PPM + ppm))
		return steady_step(rate, step, now);
	return odd_step(rate, step, SLEW_PPM + ppm, now);
}

double tsc_range_ppm(const struct tsc_range *range)
{
	return range->means ? (range->high_ticks_per_us /
			       range->low_ticks_per_us - 1) * 1e6 : 0;
}

double tsc_range_bound_ppm(const struct tsc_range *range)
{
	return 2 * range->error_ppm + WANDER_PPM;
}
