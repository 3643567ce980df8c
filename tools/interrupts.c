// SPDX-License-Identifier: GPL-2.0-only
/* The local timer interrupts that /proc/interrupts counts. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* A line has 11 characters per CPU; this is enough for 1000 of them. */
static char text[16384];

/* Stays open: closing it makes RCU ask for timer interrupts of its own. */
int interrupts_open(void)
{
	return file_open("/proc/interrupts", O_RDONLY);
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

/* The file is read in pieces until the line LOC: is whole. */
static bool read_loc_line(int fd, int cpu, int *column)
{
	off_t at = 0;
	size_t kept = 0;
	ssize_t got;
	char *line;

	*column = -1;
	while ((got = pread(fd, text + kept, sizeof(text) - 1 - kept, at)) > 0) {
		text[kept + got] = 0;
		if (!at)
			*column = column_of(text, cpu);
		at += got;
		line = strstr(text, "LOC:");
		if (line && strchr(line, '\n')) {
			memmove(text, line, strlen(line) + 1);
			return true;
		}
		line = strrchr(text, '\n');
		kept = line ? strlen(line) : 0;
		memmove(text, line ? line : text, kept + 1);
	}
	return false;
}

/* Of one CPU, or of all with cpu -1; 0 when the kernel counts none. */
uint64_t interrupts_local_timer(int fd, int cpu)
{
	uint64_t sum = 0, count;
	char *at, *end;
	int column, i;

	if (fd < 0 || !read_loc_line(fd, cpu, &column))
		return 0;
	at = text + strlen("LOC:");
	for (i = 0; count = strtoull(at, &end, 10), end != at; i++, at = end)
		if (cpu < 0 || i == column)
			sum += count;
	return sum;
}
