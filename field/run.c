// SPDX-License-Identifier: GPL-2.0-only
/* One of the programs in it, in a process of its own, and what that says. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tools/tool.h"
#include "field.h"

/* To the person: the report's own place is standard output. */
void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

void die(const char *what)
{
	say("kvm-deadline-field: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILED);
}

static void __attribute__((noreturn))
become(int (*program)(int argc, char **argv), const char *const *args, int out)
{
	int argc = 0;

	while (args[argc])
		argc++;
	if (dup2(out, STDOUT_FILENO) < 0)
		die("dup2");
	/* Ours has been through its own options. */
	optind = 1;
	exit(program(argc, (char **)args));
}

/* A dot for every few results: it takes a minute or two. */
static void show_progress(const char *text, size_t from, size_t to)
{
	static unsigned int lines;

	for (; from < to; from++)
		if (text[from] == '\n' && ++lines % 8 == 0)
			say(".");
}

static char *read_all(int fd)
{
	size_t size = 1 << 20, length = 0;
	char *text = malloc(size);
	ssize_t got;

	if (!text)
		die("malloc");
	while ((got = read(fd, text + length, size - 1 - length)) > 0) {
		show_progress(text, length, length + got);
		length += got;
	}
	text[length] = 0;
	return text;
}

struct output run(int (*program)(int argc, char **argv), const char *const *args)
{
	struct output output;
	int fds[2], status;
	pid_t pid;

	say("%s ", args[0]);
	if (pipe(fds))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		become(program, args, fds[1]);
	close(fds[1]);
	output.text = read_all(fds[0]);
	close(fds[0]);
	output.ended = waitpid(pid, &status, 0) == pid && !status;
	say(output.ended ? " done\n" : " FAILED\n");
	return output;
}

char *next_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = 0;
	*text = end + 1;
	return line;
}
