// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that touches the machine, apart from /dev/kvm and /proc, which are asked
 * through what is opened here.  The tests put another machine in its place.
 */
#include <cpuid.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "tool.h"

/* How often a sample of clock and TSC is retried for a tight one. */
#define SAMPLE_TRIES	3
/* Sooner than most timers that a CPU has armed. */
#define ARM_NS		1000000

int file_open(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC);
}

bool file_exists(const char *path)
{
	return !access(path, F_OK);
}

void each_name(const char *dir, void (*each)(const char *name, void *data),
	       void *data)
{
	DIR *names = opendir(dir);
	struct dirent *entry;

	if (!names)
		return;
	while ((entry = readdir(names)))
		each(entry->d_name, data);
	closedir(names);
}

void cpuid_leaf(uint32_t number, struct cpuid_leaf *leaf)
{
	__cpuid_count(number, 0, leaf->eax, leaf->ebx, leaf->ecx, leaf->edx);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

uint64_t monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

void sleep_until(uint64_t deadline_ns)
{
	struct timespec deadline = {
		.tv_sec = deadline_ns / NSEC_PER_SEC,
		.tv_nsec = deadline_ns % NSEC_PER_SEC,
	};

	while (!interrupted && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
					       &deadline, NULL))
		;
}

/* The raw clock: NTP in this guest must not look like another TSC. */
void tsc_sample(struct tsc_sample *sample)
{
	int i;

	sample->error_ns = UINT64_MAX;
	for (i = 0; i < SAMPLE_TRIES; i++) {
		uint64_t before_ns = clock_ns(CLOCK_MONOTONIC_RAW);
		uint64_t tsc = __rdtsc();
		uint64_t error_ns = (clock_ns(CLOCK_MONOTONIC_RAW) - before_ns + 1) / 2;

		if (error_ns >= sample->error_ns)
			continue;
		*sample = (struct tsc_sample) {
			.tsc = tsc, .ns = before_ns + error_ns,
			.error_ns = error_ns,
		};
	}
}

/*
 * Stay on one CPU, whose interrupts are counted.  The kernel would round sleeps
 * up by 50 us, and a page fault would count as lateness: neither is the timer's.
 */
int hold_still(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	prctl(PR_SET_TIMERSLACK, 1);
	/* Not fatal: where it is forbidden, the first sleep may be late. */
	mlockall(MCL_CURRENT);
	return cpu;
}

/* A timer on each CPU that we may use, one after the other. */
void arm_each_cpu(void)
{
	cpu_set_t all, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (!sched_setaffinity(0, sizeof(one), &one))
			sleep_until(monotonic_ns() + ARM_NS);
	}
	sched_setaffinity(0, sizeof(all), &all);
}
