// SPDX-License-Identifier: GPL-2.0-only
/* kvm-deadline watch: counters of the guest driver, and how fast they grow. */
#include <stdio.h>

#include "proc.h"
#include "tool.h"

#define HEADER_EVERY	20	/* lines; a terminal has at least so many */

/* What fits on a line of a terminal. */
static const enum counter columns[] = {
	COUNTER_NATIVE, COUNTER_KVMCLOCK, COUNTER_MSR, COUNTER_REFUSED,
};

struct counts {
	bool driver;
	uint64_t interrupts;
	struct counter_facts counters;
};

static void count(int interrupts_fd, struct counts *counts)
{
	counts->interrupts = interrupts_local_timer(interrupts_fd, -1);
	counts->driver = counters_look(&counts->counters);
}

static void print_header(bool driver)
{
	size_t i;

	printf("%s%12s", out_colour(BOLD), "interrupts");
	for (i = 0; driver && i < ARRAY_SIZE(columns); i++)
		printf("%12s", counter_names[columns[i]]);
	printf("   per second%s\n", out_colour(PLAIN));
}

static double per_second(uint64_t now, uint64_t before, double seconds)
{
	/* A driver that was loaded again counts from 0. */
	return now < before ? 0 : (now - before) / seconds;
}

static void print_line(const struct counts *now, const struct counts *before,
		       double seconds)
{
	size_t i;

	printf("%12.1f", per_second(now->interrupts, before->interrupts,
				    seconds));
	for (i = 0; now->driver && i < ARRAY_SIZE(columns); i++)
		printf("%12.1f", per_second(now->counters.value[columns[i]],
					    before->counters.value[columns[i]],
					    seconds));
	putchar('\n');
	fflush(stdout);
}

static void line_json(const struct counts *now)
{
	int i;

	out_open(NULL);
	out_real("monotonic_s", monotonic_ns() / 1e9);
	out_number("timer_interrupts", now->interrupts);
	for (i = 0; i < COUNTERS; i++)
		if (now->counters.there[i])
			out_number(counter_names[i], now->counters.value[i]);
	out_end();
}

static void show(uint64_t line, const struct counts *now,
		 const struct counts *before, double seconds)
{
	if (out_json) {
		line_json(now);
		return;
	}
	if (line % HEADER_EVERY == 0)
		print_header(now->driver);
	print_line(now, before, seconds);
}

int watch_command(const struct options *options)
{
	int interrupts_fd = interrupts_open();
	uint64_t begin_ns = monotonic_ns();
	uint64_t next_ns = begin_ns, end_ns = begin_ns + options->total_ns;
	struct counts now, before;
	uint64_t line;

	count(interrupts_fd, &before);
	if (!out_json && !before.driver)
		puts("The driver kvm_deadline is not loaded: timer interrupts only.");
	for (line = 0; !interrupted; line++, before = now) {
		next_ns += options->interval_ns;
		if (options->total_ns && next_ns > end_ns)
			break;
		sleep_until(next_ns);
		if (interrupted)
			break;
		count(interrupts_fd, &now);
		show(line, &now, &before, options->interval_ns / 1e9);
	}
	return 0;
}
