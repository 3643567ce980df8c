/* SPDX-License-Identifier: GPL-2.0-only */
/* How a test enters the table, and what it needs to run at all. */
#ifndef RULES_H
#define RULES_H

#include "vm.h"

enum needs {
	ANY_HOST,
	DEADLINE_MSR,	/* KVM_CAP_X86_DEADLINE bit 0 on this host */
};

struct rule_test {
	const char *name;
	void (*run)(void);
	enum needs needs;
};

/* From the linker: the ends of the section that RULE_TEST() fills. */
extern const struct rule_test __start_rule_tests[], __stop_rule_tests[];

/* How often, in a run of minutes and in one that takes its time (-f). */
extern bool full;
#define ROUNDS(quick, thorough)	(full ? (thorough) : (quick))

/* How long the hostile guest goes on, 0: for a number of steps (-d). */
extern unsigned int hostile_s;

/* A test passes by returning and fails by EXPECT, G_EXPECT or never ending. */
#define RULE_TEST(name, needs)						\
static void test_##name(void);						\
static const struct rule_test entry_##name				\
	__attribute__((used, aligned(8), section("rule_tests"))) =	\
	{ #name, test_##name, needs };					\
static void test_##name(void)

/* End this test as skipped, for a reason that the table cannot know. */
void skip(const char *reason) __attribute__((noreturn));
/* The same where no KVM could help it: the emulated processor lacks something. */
void skip_hardware(const char *reason) __attribute__((noreturn));
/* For a test that sees an unknown MSR refused. */
void needs_unknown_msrs(void);

#endif /* RULES_H */
