// SPDX-License-Identifier: GPL-2.0-only
/* Local timer interrupts and stolen time, from /proc. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

/* user, nice, system, idle, iowait, irq, softirq, steal */
#define STEAL_COLUMN	7

/* A line has 11 characters per CPU; this is enough for 1000 of them. */
static char text[16384];

int interrupts_open(void)
{
	return open("/proc/interrupts", O_RDONLY | O_CLOEXEC);
}

int steal_open(void)
{
	return open("/proc/stat", O_RDONLY | O_CLOEXEC);
}

/*
 * The first line is "CPU0 CPU1 ..." for CPUs that are online, and may be longer
 * than the buffer.  Returns the column of a CPU, -1 if it has none.
 */
static int column_of(const char *line, int cpu)
{
	const char *end = strchr(line, '\n');
	int column = 0;

	for (; (line = strstr(line, "CPU")) && line < end; line += 3, column++)
		if (atoi(line + 3) == cpu)
			return column;
	return -1;
}

/*
 * What follows a line's name, in a file that is read in pieces until that line is
 * whole; NULL without such a line.  Column of the CPU in the first line, if wanted.
 */
static char *read_line(int fd, const char *name, int cpu, int *column)
{
	off_t at = 0;
	size_t kept = 0;
	ssize_t got;
	char *line;

	while ((got = pread(fd, text + kept, sizeof(text) - 1 - kept, at)) > 0) {
		text[kept + got] = 0;
		if (!at && column)
			*column = column_of(text, cpu);
		at += got;
		line = strstr(text, name);
		if (line && strchr(line, '\n'))
			return line + strlen(name);
		line = strrchr(text, '\n');
		kept = line ? strlen(line) : 0;
		memmove(text, line ? line : text, kept + 1);
	}
	return NULL;
}

static uint64_t interrupts_of(int fd, const char *name, int cpu)
{
	uint64_t sum = 0, count;
	int column = -1, i;
	char *at, *end;

	at = read_line(fd, name, cpu, &column);
	for (i = 0; at && (count = strtoull(at, &end, 10), end != at); i++, at = end)
		if (cpu < 0 || i == column)
			sum += count;
	return sum;
}

/* Hyper-V's direct timer has a line of its own. */
uint64_t interrupts_local_timer(int fd, int cpu)
{
	return interrupts_of(fd, "LOC:", cpu) + interrupts_of(fd, "HVS:", cpu);
}

uint64_t steal_ns(int fd, int cpu)
{
	uint64_t value = 0;
	char name[16];
	char *at;
	int i;

	snprintf(name, sizeof(name), "cpu%d ", cpu);
	at = read_line(fd, name, cpu, NULL);
	for (i = 0; at && i <= STEAL_COLUMN; i++)
		value = strtoull(at, &at, 10);
	return value * STEAL_UNIT_NS;
}
