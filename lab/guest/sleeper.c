// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a timer of the guest is worth: absolute sleeps, and how late each ends.
 *
 *	sleeper SLEEP_US BATCH BEFORE AFTER
 *
 * Sleeps BEFORE times, prints READY (whoever runs the guest now moves it),
 * sleeps AFTER times and prints DONE.  Each sleep becomes a line
 *
 *	sleep INDEX MONOTONIC_US LATENESS_US LOC_IRQS
 *
 * with the CLOCK_MONOTONIC it should have ended at and the local timer
 * interrupts it took.  The serial line is slow and interrupts the CPU, so lines
 * wait for the end of a batch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "../../tools/proc.h"

#define BATCH_MAX	1000	/* 32 kB of results at most */

struct sleep_result {
	long long deadline_ns;
	long long lateness_ns;
	unsigned long long irqs;
};

static int interrupts_fd;

static long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sleep_once(long long sleep_ns, struct sleep_result *result)
{
	uint64_t irqs = interrupts_local_timer(interrupts_fd, -1);
	struct timespec deadline;

	result->deadline_ns = monotonic_ns() + sleep_ns;
	deadline.tv_sec = result->deadline_ns / 1000000000;
	deadline.tv_nsec = result->deadline_ns % 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL))
		;
	result->lateness_ns = monotonic_ns() - result->deadline_ns;
	result->irqs = interrupts_local_timer(interrupts_fd, -1) - irqs;
}

static int sleep_many(int index, int count, int batch, long long sleep_ns)
{
	static struct sleep_result results[BATCH_MAX];
	int i, n;

	for (; count > 0; count -= n) {
		n = count < batch ? count : batch;
		for (i = 0; i < n; i++)
			sleep_once(sleep_ns, &results[i]);
		for (i = 0; i < n; i++)
			printf("sleep %d %lld %.1f %llu\n", index++,
			       results[i].deadline_ns / 1000,
			       results[i].lateness_ns / 1000.0, results[i].irqs);
		fflush(stdout);
	}
	return index;
}

int main(int argc, char **argv)
{
	long long sleep_ns;
	int batch, index;

	if (argc != 5 || atoi(argv[2]) < 1 || atoi(argv[2]) > BATCH_MAX) {
		fprintf(stderr, "usage: sleeper SLEEP_US BATCH BEFORE AFTER\n");
		return 1;
	}
	sleep_ns = atoll(argv[1]) * 1000;
	batch = atoi(argv[2]);
	interrupts_fd = interrupts_open();
	if (interrupts_fd < 0) {
		perror("/proc/interrupts");
		return 1;
	}
	/*
	 * The kernel would round a sleep up by 50 us, and a page fault would
	 * count as lateness: neither is the timer's.
	 */
	prctl(PR_SET_TIMERSLACK, 1);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	index = sleep_many(0, atoi(argv[3]), batch, sleep_ns);
	puts("READY");
	fflush(stdout);
	sleep_many(index, atoi(argv[4]), batch, sleep_ns);
	puts("DONE");
	return 0;
}
