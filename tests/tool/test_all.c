// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../../tools/tool.h"
#include "suite.h"

int main(void)
{
	static const struct suite * const suites[] = {
		&facts_suite, &judge_suite, &judge_special_suite, &text_suite,
		&rate_suite, &proc_suite, &measure_suite,
	};
	struct CMUnitTest all[128];
	size_t count = 0, i;

	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		if (count + suites[i]->count > ARRAY_SIZE(all))
			return 1;
		memcpy(all + count, suites[i]->tests,
		       suites[i]->count * sizeof(*all));
		count += suites[i]->count;
	}
	return _cmocka_run_group_tests("tool", all, count, NULL, NULL);
}
