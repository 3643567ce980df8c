// SPDX-License-Identifier: GPL-2.0-only
/* Lines for a person, or one JSON object, by the same calls. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define LABEL_WIDTH	20

bool out_json;

static bool colours;
static char brackets[8];	/* what closes each open object or list */
static int depth;
static bool first = true;

/* NO_COLOR: see no-color.org; empty it does not count. */
void out_colour_init(void)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	colours = !out_json && isatty(STDOUT_FILENO) &&
		  !(no_color && *no_color) && term && strcmp(term, "dumb");
}

const char *out_colour(enum colour colour)
{
	static const char * const codes[] = {
		[PLAIN] = "\033[0m", [BOLD] = "\033[1m", [GREEN] = "\033[32m",
		[YELLOW] = "\033[33m", [RED] = "\033[31m",
	};

	return colours ? codes[colour] : "";
}

/* What is not printable ASCII came from outside: it must not draw anything. */
static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (isprint((unsigned char)*text))
			putchar(*text);
		else
			printf("\\u%04x", (unsigned char)*text);
	}
	putchar('"');
}

static void json_key(const char *key)
{
	if (!first)
		putchar(',');
	first = false;
	if (!key)
		return;
	json_string(key);
	putchar(':');
}

static void json_open(const char *key, const char *pair)
{
	if (depth)
		json_key(key);
	putchar(pair[0]);
	brackets[depth++] = pair[1];
	first = true;
}

static void label(const char *key)
{
	int width = LABEL_WIDTH - 2 * (depth - 1);
	const char *at;

	printf("%*s", 2 * (depth - 1), "");
	for (at = key; *at; at++, width--)
		putchar(*at == '_' ? ' ' : *at);
	printf("%*s", width > 1 ? width : 1, "");
}

/* The outermost object has a key too: the headline people see. */
void out_open(const char *key)
{
	if (out_json) {
		json_open(key, "{}");
		return;
	}
	if (depth)
		printf("%*s%s%s%s\n", 2 * (depth - 1), "", out_colour(BOLD),
		       key, out_colour(PLAIN));
	depth++;
}

void out_list(const char *key)
{
	if (out_json)
		json_open(key, "[]");
	else
		depth++;
}

void out_close(void)
{
	depth--;
	if (out_json)
		putchar(brackets[depth]);
	first = false;
}

void out_text(const char *key, const char *value)
{
	if (out_json) {
		json_key(key);
		json_string(value);
	} else {
		label(key);
		for (; *value; value++)
			putchar(isprint((unsigned char)*value) ? *value : '?');
		putchar('\n');
	}
}

void out_number(const char *key, uint64_t value)
{
	if (out_json)
		json_key(key);
	else
		label(key);
	printf("%" PRIu64 "%s", value, out_json ? "" : "\n");
}

void out_real(const char *key, double value)
{
	if (out_json)
		json_key(key);
	else
		label(key);
	printf("%.3f%s", value, out_json ? "" : "\n");
}

void out_yes_no(const char *key, bool value)
{
	if (out_json) {
		json_key(key);
		fputs(value ? "true" : "false", stdout);
	} else {
		label(key);
		puts(value ? "yes" : "no");
	}
}

/* One object a line, so that what watch prints can be read as it comes; or a part of one. */
void out_end(void)
{
	out_close();
	if (depth)
		return;
	if (out_json)
		putchar('\n');
	first = true;
	fflush(stdout);
}
