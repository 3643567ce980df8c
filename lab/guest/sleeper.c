// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a timer of the guest is worth: absolute sleeps, and how late each ends.
 *
 *	sleeper SLEEP_US BATCH BEFORE AFTER [CPUS]
 *
 * Sleeps BEFORE times, prints READY (whoever runs the guest now moves it),
 * sleeps AFTER times and prints DONE.  Each sleep becomes a line
 *
 *	sleep INDEX MONOTONIC_US LATENESS_US LOC_IRQS
 *
 * with the CLOCK_MONOTONIC it should have ended at and the local timer
 * interrupts it took.  The serial line is slow and interrupts the CPU, so lines
 * wait for the end of a batch.  With CPUS one sleeps on each of them, and at the end
 * of a line stands on which; READY is when all have come to it, and before READY and
 * DONE comes how often the driver armed natively.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/proc.h"

#define BATCH_MAX	1000	/* 32 kB of results at most */

struct sleep_result {
	long long deadline_ns;
	long long lateness_ns;
	unsigned long long irqs;
};

static int interrupts_fd;
static int own_cpu = -1;	/* all of them: there is only one */

static long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sleep_once(long long sleep_ns, struct sleep_result *result)
{
	uint64_t irqs = interrupts_local_timer(interrupts_fd, own_cpu);
	struct timespec deadline;

	result->deadline_ns = monotonic_ns() + sleep_ns;
	deadline.tv_sec = result->deadline_ns / 1000000000;
	deadline.tv_nsec = result->deadline_ns % 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL))
		;
	result->lateness_ns = monotonic_ns() - result->deadline_ns;
	result->irqs = interrupts_local_timer(interrupts_fd, own_cpu) - irqs;
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
			printf(own_cpu < 0 ? "sleep %d %lld %.1f %llu\n" :
					     "sleep %d %lld %.1f %llu %d\n", index++,
			       results[i].deadline_ns / 1000,
			       results[i].lateness_ns / 1000.0, results[i].irqs, own_cpu);
		fflush(stdout);
	}
	return index;
}

/* A process for each CPU; all of them come to @barrier. */
static pthread_barrier_t *spread(int cpus)
{
	pthread_barrier_t *barrier = mmap(NULL, sizeof(*barrier), PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t shared;
	cpu_set_t set;

	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(barrier, &shared, cpus);
	if (cpus == 1)
		return barrier;
	for (own_cpu = cpus - 1; own_cpu && fork(); own_cpu--)
		;
	CPU_ZERO(&set);
	CPU_SET(own_cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("FAIL");
		exit(1);
	}
	return barrier;
}

/* "native COUNT": what the driver left to the kernel's own timer, in all. */
static void say_native_arms(void)
{
	FILE *file = own_cpu ? NULL : fopen("/sys/module/kvm_deadline/counters/native", "r");
	char count[32];

	if (file && fgets(count, sizeof(count), file))
		printf("native %s", count);
	if (file)
		fclose(file);
}

/* Once, when all are there. */
static void say_together(pthread_barrier_t *barrier, const char *word)
{
	pthread_barrier_wait(barrier);
	say_native_arms();
	if (own_cpu <= 0) {
		puts(word);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	int cpus = argc == 6 ? atoi(argv[5]) : 1;
	pthread_barrier_t *barrier;
	long long sleep_ns;
	int batch, index;

	if (argc < 5 || argc > 6 || cpus < 1 || atoi(argv[2]) < 1 || atoi(argv[2]) > BATCH_MAX) {
		fprintf(stderr, "usage: sleeper SLEEP_US BATCH BEFORE AFTER [CPUS]\n");
		return 1;
	}
	sleep_ns = atoll(argv[1]) * 1000;
	batch = atoi(argv[2]);
	barrier = spread(cpus);
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
	say_together(barrier, "READY");
	sleep_many(index, atoi(argv[4]), batch, sleep_ns);
	say_together(barrier, "DONE");
	return 0;
}
