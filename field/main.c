// SPDX-License-Identifier: GPL-2.0-only
/* kvm-deadline-field: try this host's KVM, and write one report. */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../tools/tool.h"
#include "field.h"

#define DEFAULT_REPORT	"kvm-deadline-report.json"
#define ARM_RUNS	5	/* the least of so many is the least disturbed */
#define VCPUS_MAX	8	/* of arm.c */

enum { TRIED_WELL = 0, TRIED_BADLY = 1, NOT_TRIED = 2 };

#define WHAT_IT_DOES \
"kvm-deadline-field tries MSR_KVM_DEADLINE on this host's KVM.\n" \
"\n" \
"It starts small virtual machines of its own, one at a time, for a few minutes: the\n" \
"tests of each rule, what one arm costs, and what serves it.  It installs nothing,\n" \
"changes nothing and looks at no machine of others.  The report has no host name, no\n" \
"address and no user in it.  As root it also counts what KVM does for its machines.\n" \
"\n"

static const char help[] =
WHAT_IT_DOES
"  kvm-deadline-field [-o REPORT]\n"
"\n"
"  -o, --output REPORT     where to write it (default " DEFAULT_REPORT ")\n"
"  -V, --version           -h, --help\n"
"\n"
"Exits with 0 all went well, 1 a test failed, 2 nothing could be tried; wrong use is 64.\n";

atomic_bool interrupted;	/* for the tool's own files */

static const char *parse(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "output",	required_argument,	NULL, 'o' },
		{ "version",	no_argument,		NULL, 'V' },
		{ "help",	no_argument,		NULL, 'h' },
		{ 0 }
	};
	const char *path = DEFAULT_REPORT;
	int option;

	while ((option = getopt_long(argc, argv, "o:Vh", long_options, NULL)) >= 0) {
		if (option == 'o') {
			path = optarg;
		} else if (option == 'V' || option == 'h') {
			fputs(option == 'h' ? help : "kvm-deadline-field " VERSION "\n", stdout);
			exit(0);
		} else {
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		say("kvm-deadline-field: '%s' is too much; see --help\n", argv[optind]);
		exit(EXIT_USAGE);
	}
	return path;
}

/* Nothing is overwritten, and that it cannot be written is known at once. */
static int create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	return fd;
}

static void look_at_host(struct report *report)
{
	uint32_t name[12] = { 0 }, ebx, ecx, edx, i;
	struct utsname uts;

	uname(&uts);
	snprintf(report->kernel, sizeof(report->kernel), "%s", uts.release);
	__get_cpuid(1, &report->signature, &ebx, &ecx, &edx);
	for (i = 0; i < 3; i++)
		__get_cpuid(0x80000002 + i, &name[4 * i], &name[4 * i + 1],
			    &name[4 * i + 2], &name[4 * i + 3]);
	snprintf(report->processor, sizeof(report->processor), "%.48s", (char *)name);
}

/* "ok 3 - NAME # SKIP reason"; what a failed one says stands before it. */
static void take_result(struct rules *rules, char *line, const char *said)
{
	unsigned int number = rules->passed + rules->failed + rules->skipped;
	struct result *result = &rules->result[number];
	bool failed = !strncmp(line, "not ok", 6);
	char *name = strstr(line, " - "), *skip = strstr(line, " # SKIP ");

	if (!name || number == ARRAY_SIZE(rules->result))
		return;
	if (skip)
		*skip = 0;
	snprintf(result->test, sizeof(result->test), "%s", name + 3);
	snprintf(result->why, sizeof(result->why), "%s",
		 skip ? skip + 8 : failed ? said : "");
	result->what = failed ? "failed" : skip ? "skipped" : "passed";
	rules->failed += failed;
	rules->skipped += !failed && skip;
	rules->passed += !failed && !skip;
}

/* By the kernel where it can, otherwise by the library. */
static void try_rules(struct rules *rules, bool by_kernel)
{
	const char *const args[] = { "rules", "-r", "-b", by_kernel ? "kernel" : "user", NULL };
	struct output output = run(rules_main, args);
	char *text = output.text, *line, *said = "";
	unsigned int planned = 0;

	while ((line = next_line(&text))) {
		if (!strncmp(line, "1..", 3))
			planned = atoi(line + 3);
		else if (!strncmp(line, "# seed ", 7))
			snprintf(rules->seed, sizeof(rules->seed), "%s", line + 7);
		else if (!strncmp(line, "ok", 2) || !strncmp(line, "not ok", 6))
			take_result(rules, line, said);
		said = line;
	}
	free(output.text);
	rules->served_by = by_kernel ? "kernel" : "library";
	rules->whole = planned && planned == rules->passed + rules->failed + rules->skipped;
}

static void take_arm(struct report *report, const struct arm *arm)
{
	struct arm *known = report->arm;

	while (known < report->arm + report->arms &&
	       (known->vcpus != arm->vcpus || strcmp(known->what, arm->what)))
		known++;
	if (known == report->arm + ARRAY_SIZE(report->arm))
		return;
	if (known == report->arm + report->arms)
		report->arms++;
	else if (known->ns <= arm->ns)
		return;
	*known = *arm;
}

static void try_arms(struct report *report)
{
	char vcpus[] = { '0' + VCPUS_MAX, 0 };
	const char *const args[] = { "arms", vcpus, NULL };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct output output = { 0 };
	unsigned int arms, i;
	struct arm arm;
	char *text, *line;

	if (cpus < VCPUS_MAX)
		vcpus[0] = '0' + cpus;
	for (i = 0; i < ARM_RUNS; i++) {
		output = run(arm_main, args);
		report->measured &= output.ended;
		text = output.text;
		while ((line = next_line(&text)))
			if (sscanf(line, "%u,%31[^,],%u,%lf,%lf", &arm.vcpus, arm.what,
				   &arms, &arm.ns, &arm.exits) == 5 && arms) {
				arm.ns /= arms;
				arm.exits /= arms;
				take_arm(report, &arm);
			}
		free(output.text);
	}
}

static void try_counts(struct report *report)
{
	static const char *const args[] = { "counts", NULL };
	struct output output = run(counts_main, args);
	char *text = output.text, *line;
	struct count *count;

	report->measured &= output.ended;
	while ((line = next_line(&text)) && report->counts < ARRAY_SIZE(report->count)) {
		count = &report->count[report->counts];
		report->counts += sscanf(line, "%31[^,],%15[^,],%15[^,],%15[^,],%15[^,],%15s",
					 count->timer, count->guest, count->of[0],
					 count->of[1], count->of[2], count->of[3]) == 6;
	}
	free(output.text);
}

static int draw_verdict(struct report *report)
{
	const struct rules *rules = &report->rules;
	const size_t size = sizeof(report->verdict);
	char *verdict = report->verdict;

	if (rules->failed || !rules->whole) {
		snprintf(verdict, size, "%u tests FAILED%s", rules->failed, rules->whole ? "" :
			 ", and they did not run to their end");
		return TRIED_BADLY;
	}
	if (!rules->passed) {
		snprintf(verdict, size, "neither this kernel nor the library can serve it here");
		return NOT_TRIED;
	}
	snprintf(verdict, size, "MSR_KVM_DEADLINE works here, served by the %s%s",
		 rules->served_by, report->measured ? "" : "; its costs could NOT be measured");
	return report->measured ? TRIED_WELL : TRIED_BADLY;
}

static void write_report(const char *path, const struct report *report)
{
	fflush(stdout);
	if (dup2(create(path), STDOUT_FILENO) < 0)
		die("dup2");
	out_json = true;
	report_print(report);
	if (fflush(stdout) || ferror(stdout))
		die(path);
}

int main(int argc, char **argv)
{
	const char *path = parse(argc, argv);
	static struct report report = { .measured = true };
	struct facts facts;
	int code;

	close(create(path));
	unlink(path);
	facts_look(&facts);
	if (facts.cpu.kvm != KVM_OPENED) {
		say("kvm-deadline-field: /dev/kvm %s\n", facts.cpu.kvm == KVM_ABSENT ?
		    "is not there: load kvm_intel or kvm_amd, and look into the firmware's setup" :
		    "may not be used: be root, or in its group");
		return NOT_TRIED;
	}
	say(WHAT_IT_DOES);
	look_at_host(&report);
	try_rules(&report.rules, facts.cpu.offers_msr);
	try_arms(&report);
	try_counts(&report);
	code = draw_verdict(&report);
	report_print(&report);
	write_report(path, &report);
	say("%s is written; docs/hardware.md says where to send it\n", path);
	return code;
}
