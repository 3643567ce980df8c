// SPDX-License-Identifier: GPL-2.0-only
/*
 * One token of a C file replaced by another:
 *
 *	mutate FILE		how many such mutants there are
 *	mutate FILE N		the Nth of them, from 0; the broken line on stderr
 *
 * Preprocessor lines and comments stay as they are.  Not every mutant compiles.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer operators first, as the compiler reads them. */
static const struct { const char *token, *instead; } table[] = {
	{ "<<=", ">>=" }, { ">>=", "<<=" }, { "...", NULL },
	{ "->", NULL }, { "==", "!=" }, { "!=", "==" },
	{ "<=", "<" }, { ">=", ">" }, { "&&", "||" }, { "||", "&&" },
	{ "<<", ">>" }, { ">>", "<<" }, { "++", "--" }, { "--", "++" },
	{ "+=", "-=" }, { "-=", "+=" }, { "*=", "+=" }, { "/=", "*=" },
	{ "%=", "/=" }, { "|=", "&=" }, { "&=", "|=" }, { "^=", "|=" },
	{ "<", "<=" }, { ">", ">=" }, { "<", ">" }, { ">", "<" },
	{ "+", "-" }, { "-", "+" }, { "-", "" }, { "*", "/" }, { "/", "*" },
	{ "%", "/" }, { "&", "|" }, { "|", "&" }, { "^", "|" },
	{ "!", "" }, { "~", "" },
	{ "true", "false" }, { "false", "true" },
	{ "break", "" }, { "break", "continue" }, { "continue", "break" },
	{ "continue", "" }, { "else", "" },
};

static const char *text;
static long wanted = -1, found;

static void print_line(const char *at, size_t size, const char *instead)
{
	const char *line = at;
	size_t rest = strcspn(at + size, "\n");

	while (line > text && line[-1] != '\n')
		line--;
	while (isspace((unsigned char)*line))
		line++;
	fprintf(stderr, "%.*s%s%.*s\n", (int)(at - line), line, instead,
		(int)rest, at + size);
}

static void mutant(const char *at, size_t size, const char *instead)
{
	if (found++ != wanted)
		return;
	printf("%.*s%s%s", (int)(at - text), text, instead, at + size);
	print_line(at, size, instead);
}

/* A suffix stays: u, ul, ull. */
static size_t number(const char *at)
{
	char *end, other[32];
	unsigned long long value = strtoull(at, &end, 0);
	size_t size = end - at;

	snprintf(other, sizeof(other), "%llu", value + 1);
	mutant(at, size, other);
	if (value)
		mutant(at, size, "0");
	return size + strspn(end, "uUlL");
}

static size_t literal(const char *at)
{
	size_t size = 1;

	while (at[size] && at[size] != *at)
		size += at[size] == '\\' && at[size + 1] ? 2 : 1;
	size++;
	if (*at == '"' && size > 2)
		mutant(at, size, "\"\"");
	if (*at == '\'')
		mutant(at, size, "'\\1'");
	return size;
}

static size_t token(const char *at)
{
	size_t size = 0;

	while (isalnum((unsigned char)at[size]) || at[size] == '_')
		size++;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		size_t length = strlen(table[i].token);

		if (size && size != length)
			continue;
		if (strncmp(at, table[i].token, length))
			continue;
		if (table[i].instead)
			mutant(at, length, table[i].instead);
		/* A shorter operator is not what stands here. */
		if (!size && length > 1)
			return length;
	}
	return size ? size : 1;
}

static size_t skipped(const char *at)
{
	const char *end = NULL;
	size_t size;

	if (!strncmp(at, "//", 2))
		return strcspn(at, "\n");
	if (!strncmp(at, "/*", 2))
		end = strstr(at + 2, "*/");
	if (end)
		return end + 2 - at;
	if (*at != '#' || (at > text && at[-1] != '\n'))
		return !!isspace((unsigned char)*at);
	size = strcspn(at, "\n");
	while (size && at[size] && at[size - 1] == '\\')
		size += 1 + strcspn(at + size + 1, "\n");
	return size;
}

static char *read_file(const char *name)
{
	static char buffer[1 << 20];
	FILE *file = fopen(name, "r");

	if (!file || !fread(buffer, 1, sizeof(buffer) - 1, file)) {
		perror(name);
		exit(1);
	}
	fclose(file);
	return buffer;
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: mutate FILE [N]\n");
		return 1;
	}
	if (argc == 3)
		wanted = strtol(argv[2], NULL, 10);
	text = read_file(argv[1]);
	for (const char *at = text; *at; ) {
		size_t size = skipped(at);

		if (!size && isdigit((unsigned char)*at))
			size = number(at);
		else if (!size && (*at == '"' || *at == '\''))
			size = literal(at);
		else if (!size)
			size = token(at);
		at += size;
	}
	if (argc == 2)
		printf("%ld\n", found);
	return argc == 3 && wanted >= found;
}
