/* SPDX-License-Identifier: GPL-2.0-only */
/* kvm-deadline-field: what its files share. */
#ifndef KVM_DEADLINE_FIELD_H
#define KVM_DEADLINE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The programs in it, see Makefile: each in a process of its own. */
int rules_main(int argc, char **argv);
int arm_main(int argc, char **argv);
int counts_main(int argc, char **argv);

/**
 * struct output - what a program said
 * @text: all of it, never NULL; of its own
 * @ended: with exit code 0
 */
struct output {
	char *text;
	bool ended;
};

/* run.c; @args ends with NULL, and begins with a name that is shown meanwhile. */
struct output run(int (*program)(int argc, char **argv), const char *const *args);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die(const char *what) __attribute__((noreturn));

/* The next line, cut out of *text; NULL after the last. */
char *next_line(char **text);

/**
 * struct result - one test's
 * @test: its name
 * @what: "passed", "failed" or "skipped"
 * @why: not passed
 */
struct result {
	char test[64];
	const char *what;
	char why[128];
};

/**
 * struct rules - the rule tests on this host
 * @served_by: "kernel" or "library"
 * @passed, @failed, @skipped: how many
 * @whole: the tests ran to their end
 * @seed: of their random inputs
 */
struct rules {
	const char *served_by;
	unsigned int passed, failed, skipped;
	bool whole;
	char seed[24];
	struct result result[256];
};

/* What one arm costs, least disturbed. */
struct arm {
	unsigned int vcpus;
	char what[32];
	double ns;
	double exits;
};

/* What serves a timer, a line of counts.c: the arms, and each of enum counted. */
struct count {
	char timer[32];
	char guest[16];
	char of[4][16];
};

/**
 * struct report - all that is known in the end
 * @kernel: release of the host's, as in uname -r
 * @processor: its name for itself
 * @rules: how they went
 * @measured: the two others ran to their end
 * @arm, @count: lines of the two tables
 * @verdict: a sentence
 */
struct report {
	char kernel[80];
	char processor[64];
	uint32_t signature;	/* family, model, stepping: CPUID 1 EAX */
	struct rules rules;
	bool measured;
	size_t arms, counts;
	struct arm arm[32];
	struct count count[8];
	char verdict[160];
};

/* report.c, for a person or as JSON: see out_json. */
void report_print(const struct report *report);

#endif /* KVM_DEADLINE_FIELD_H */
