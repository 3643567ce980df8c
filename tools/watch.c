// SPDX-License-Identifier: GPL-2.0-only
/* kvm-deadline watch: counters of the guest driver, and how fast they grow. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "tool.h"

#define HEADER_EVERY	20	/* lines; a terminal has at least so many */

struct counts {
	uint64_t interrupts;
	uint64_t driver[4];
};

static const char * const columns[] = {
	"native", "kvmclock", "msr", "refused",
};

static void count(int interrupts_fd, struct counts *counts)
{
	char path[PATH_MAX];
	size_t i;

	*counts = (struct counts) { 0 };
	counts->interrupts = interrupts_local_timer(interrupts_fd, -1);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		snprintf(path, sizeof(path),
			 "/sys/module/kvm_deadline/counters/%s", columns[i]);
		file_read_u64(path, &counts->driver[i]);
	}
}

static bool driver_loaded(void)
{
	return file_exists("/sys/module/kvm_deadline/counters");
}

static void print_header(bool driver)
{
	size_t i;

	printf("%s%12s", out_colour(BOLD), "interrupts");
	for (i = 0; driver && i < ARRAY_SIZE(columns); i++)
		printf("%12s", columns[i]);
	printf("   per second%s\n", out_colour(PLAIN));
}

static double per_second(uint64_t now, uint64_t before, double seconds)
{
	/* A driver that was loaded again counts from 0. */
	return now < before ? 0 : (now - before) / seconds;
}

static void print_line(const struct counts *now, const struct counts *before,
		       bool driver, double seconds)
{
	size_t i;

	printf("%12.1f", per_second(now->interrupts, before->interrupts,
				    seconds));
	for (i = 0; driver && i < ARRAY_SIZE(columns); i++)
		printf("%12.1f", per_second(now->driver[i], before->driver[i],
					    seconds));
	putchar('\n');
	fflush(stdout);
}

static void line_json(const struct counts *now, bool driver)
{
	size_t i;

	out_open(NULL);
	out_real("monotonic_s", monotonic_ns() / 1e9);
	out_number("timer_interrupts", now->interrupts);
	for (i = 0; driver && i < ARRAY_SIZE(columns); i++)
		out_number(columns[i], now->driver[i]);
	out_end();
}

static void show(uint64_t line, const struct counts *now,
		 const struct counts *before, bool driver, double seconds)
{
	if (out_json) {
		line_json(now, driver);
		return;
	}
	if (line % HEADER_EVERY == 0)
		print_header(driver);
	print_line(now, before, driver, seconds);
}

int watch_command(const struct options *options)
{
	int interrupts_fd = interrupts_open();
	uint64_t begin_ns = monotonic_ns();
	uint64_t next_ns = begin_ns, end_ns = begin_ns + options->total_ns;
	struct counts now, before;
	uint64_t line;

	if (!out_json && !driver_loaded())
		puts("The driver kvm_deadline is not loaded: timer interrupts only.");
	count(interrupts_fd, &before);
	for (line = 0; !interrupted; line++, before = now) {
		next_ns += options->interval_ns;
		if (options->total_ns && next_ns > end_ns)
			break;
		sleep_until(next_ns);
		if (interrupted)
			break;
		count(interrupts_fd, &now);
		show(line, &now, &before, driver_loaded(),
		     options->interval_ns / 1e9);
	}
	return 0;
}
