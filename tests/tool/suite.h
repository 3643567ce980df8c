/* SPDX-License-Identifier: GPL-2.0-only */
/* One program of all tests, so that there is one list of results. */
#ifndef TESTS_TOOL_SUITE_H
#define TESTS_TOOL_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct suite {
	const struct CMUnitTest *tests;
	size_t count;
};

extern const struct suite facts_suite, judge_suite, judge_special_suite,
			  text_suite, rate_suite, proc_suite, measure_suite;

#endif /* TESTS_TOOL_SUITE_H */
