/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts of durations, by octaves of 16 steps each: 3 % is exact enough. */
#ifndef KVM_DEADLINE_TOOL_HISTOGRAM_H
#define KVM_DEADLINE_TOOL_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS		16
#define HISTOGRAM_BUCKETS	(61 * HISTOGRAM_STEPS)

struct histogram {
	uint64_t count;
	uint64_t max_ns;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The middle of the bucket that holds that part of all, 500 for the median. */
uint64_t histogram_permille(const struct histogram *histogram, unsigned int part);

/* How many were in [2^octave, 2^(octave + 1)) nanoseconds, octave > 3. */
uint64_t histogram_octave(const struct histogram *histogram, int octave);

#endif /* KVM_DEADLINE_TOOL_HISTOGRAM_H */
