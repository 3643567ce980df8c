// SPDX-License-Identifier: GPL-2.0-only
#include "histogram.h"

/* 0 to 15 have a bucket each; above that, the four bits after the first one. */
static int bucket_of(uint64_t ns)
{
	int octave;

	if (ns < HISTOGRAM_STEPS)
		return ns;
	octave = 63 - __builtin_clzll(ns);
	return (octave - 3) * HISTOGRAM_STEPS +
	       (ns >> (octave - 4)) % HISTOGRAM_STEPS;
}

static uint64_t bucket_middle(int bucket)
{
	int octave = bucket / HISTOGRAM_STEPS + 3;
	uint64_t start, width;

	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	width = 1ULL << (octave - 4);
	start = (HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) * width;
	return start + width / 2;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	histogram->buckets[bucket_of(ns)]++;
	histogram->count++;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
	int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->buckets[i] += other->buckets[i];
	histogram->count += other->count;
	if (other->max_ns > histogram->max_ns)
		histogram->max_ns = other->max_ns;
}

uint64_t histogram_permille(const struct histogram *histogram, unsigned int part)
{
	uint64_t rank = (histogram->count * part + 999) / 1000;
	uint64_t seen = 0, middle;
	int i;

	for (i = 0; i < HISTOGRAM_BUCKETS && seen < rank; i++)
		seen += histogram->buckets[i];
	if (!i)
		return 0;
	middle = bucket_middle(i - 1);
	return middle < histogram->max_ns ? middle : histogram->max_ns;
}

uint64_t histogram_octave(const struct histogram *histogram, int octave)
{
	int first = (octave - 3) * HISTOGRAM_STEPS;
	uint64_t sum = 0;
	int i;

	for (i = 0; i < HISTOGRAM_STEPS; i++)
		sum += histogram->buckets[first + i];
	return sum;
}
