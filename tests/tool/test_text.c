// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that check and status say of a machine.  expected/NAME was written by hand; it
 * has parts that begin with "== COMMAND CODE", and comments at its head.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machines.h"
#include "suite.h"

static char expected[16384];

static void read_expected(const char *name)
{
	char path[512];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), EXPECTED "/%s", name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("there is no %s", path);
	length = fread(expected, 1, sizeof(expected) - 1, file);
	expected[length] = 0;
	fclose(file);
}

/* One part, from behind its "== " to the next one; returns where that begins. */
static char *check_part(char *part)
{
	static const struct options none;
	char command[16] = "", format[16] = "";
	char *text = strchr(part, '\n') + 1;
	char *next = strstr(text, "\n== ");
	size_t length = next ? (size_t)(next + 1 - text) : strlen(text);
	const char *got;
	int wanted, code;

	if (sscanf(part, "%15s --%15s %d", command, format, &wanted) != 3)
		assert_int_equal(sscanf(part, "%15s %d", command, &wanted), 2);
	got = printed_by(!strcmp(command, "check") ? check_command :
			 status_command, &none, *format, &code);
	if (strlen(got) != length || strncmp(got, text, length))
		fail_msg("%s %s: said\n%snot\n%.*s", command, format, got,
			 (int)length, text);
	assert_int_equal(code, wanted);
	return next ? next + 1 : NULL;
}

static void all_that_is_said(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(machines); i++) {
		char *part;
		int parts = 0;

		print_message("# %s\n", machines[i].name);
		fake_machine_start(&machines[i]);
		read_expected(machines[i].name);
		for (part = strstr(expected, "\n== ") + 1; part; parts++)
			part = check_part(part + 3);
		assert_int_equal(parts, 4);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_that_is_said),
};

const struct suite text_suite = { tests, ARRAY_SIZE(tests) };
