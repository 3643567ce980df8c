// SPDX-License-Identifier: GPL-2.0-only
/*
 * tsc_khz PERCENT: so much of the rate of this machine's TSC, which is that of a
 * host of the lab in real time.  A fifth of a second tells it to some 0.1 %.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	uint64_t percent = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t from_ns = now_ns(), from_tsc = __rdtsc(), ns;

	if (!percent) {
		fprintf(stderr, "usage: tsc_khz PERCENT\n");
		return 2;
	}
	do
		ns = now_ns() - from_ns;
	while (ns < 200000000);
	printf("%llu\n", (unsigned long long)((__rdtsc() - from_tsc) * 10000 * percent / ns));
	return 0;
}
