// SPDX-License-Identifier: GPL-2.0-only
/* The report, for a person or as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/tool.h"
#include "field.h"

static void show_processor(const struct report *report)
{
	uint32_t eax = report->signature;
	uint32_t family = eax >> 8 & 0xf, model = eax >> 4 & 0xf;

	/* SDM, CPUID 1: the extended fields count from there on. */
	if (family == 0xf)
		family += eax >> 20 & 0xff;
	if (family >= 6)
		model |= eax >> 12 & 0xf0;
	out_open("processor");
	out_text("name", report->processor);
	out_number("family", family);
	out_number("model", model);
	out_number("stepping", eax & 0xf);
	out_close();
}

static void show_result(const struct result *result)
{
	if (out_json) {
		out_open(NULL);
		out_text("test", result->test);
		out_text("result", result->what);
		if (*result->why)
			out_text("why", result->why);
		out_close();
	} else if (!strcmp(result->what, "failed")) {
		out_text(result->test, result->why);
	}
}

static void show_rules(const struct rules *rules)
{
	unsigned int i;

	out_open("rules");
	out_text("served_by", rules->served_by);
	out_number("passed", rules->passed);
	out_number("failed", rules->failed);
	out_number("skipped", rules->skipped);
	out_yes_no("ran_to_the_end", rules->whole);
	out_text("seed", rules->seed);
	out_list("results");
	for (i = 0; i < rules->passed + rules->failed + rules->skipped; i++)
		show_result(&rules->result[i]);
	out_close();
	out_close();
}

static double native_ns(const struct report *report, unsigned int vcpus)
{
	size_t i;

	for (i = 0; i < report->arms; i++)
		if (report->arm[i].vcpus == vcpus && !strcmp(report->arm[i].what, "TSC deadline"))
			return report->arm[i].ns;
	return 0;
}

static void show_arm(const struct report *report, const struct arm *arm)
{
	double native = native_ns(report, arm->vcpus);

	if (!out_json) {
		printf("  %u vCPUs, %-20s %8.0f ns %12.2f %16.2f\n", arm->vcpus,
		       arm->what, arm->ns, arm->exits, native ? arm->ns / native : 0);
		return;
	}
	out_open(NULL);
	out_number("vcpus", arm->vcpus);
	out_text("what", arm->what);
	out_real("ns", arm->ns);
	out_real("exits", arm->exits);
	if (native)
		out_real("ratio", arm->ns / native);
	out_close();
}

static void show_count(const struct count *count)
{
	static const char * const keys[] = {
		"arms", "full_wrmsr", "preemption_timer", "posted",
	};
	size_t i;

	if (!out_json) {
		printf("  %-17s guest %-10s %6s %12s %17s %7s\n", count->timer, count->guest,
		       count->of[0], count->of[1], count->of[2], count->of[3]);
		return;
	}
	out_open(NULL);
	out_text("timer", count->timer);
	out_text("guest", count->guest);
	/* What could not be counted is not there. */
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (*count->of[i] != '-')
			out_number(keys[i], strtoull(count->of[i], NULL, 10));
	out_close();
}

/* A list has a name in JSON only. */
static void open_table(const char *key, const char *heading)
{
	if (!out_json)
		puts(heading);
	out_list(key);
}

void report_print(const struct report *report)
{
	const struct options options = { 0 };
	size_t i;

	out_open("kvm-deadline-field");
	out_text("version", VERSION);
	out_text("kernel", report->kernel);
	show_processor(report);
	status_command(&options);
	show_rules(&report->rules);
	open_table("arms",
		   "one arm                                 time        exits  to TSC deadline");
	for (i = 0; i < report->arms; i++)
		show_arm(report, &report->arm[i]);
	out_close();
	open_table("counts",
		   "timer                             arms   full_wrmsr  preemption_timer  posted");
	for (i = 0; i < report->counts; i++)
		show_count(&report->count[i]);
	out_close();
	out_text("verdict", report->verdict);
	out_end();
}
