// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tool as people start it: what it says, and how it ends.  This machine may be
 * anything, so it is asked whether that is sound, not what it is.
 *
 *	test_cli [TOOL]
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define ANY	(-1)	/* what this machine is worth: 0 to 3 */
#define ESCAPE	"\033["
/* All of it. */
#define HELP \
	"kvm-deadline - do this machine's timers survive a move to another " \
	"host? kvm-deadline check is this guest, or are this host's guests, " \
	"at risk? kvm-deadline status clock, timers and what KVM offers here " \
	"kvm-deadline measure how late sleeps end; may run across a move " \
	"kvm-deadline watch the guest driver's counters as they grow -j, " \
	"--json for a program: one JSON object (watch: one a line) -t, " \
	"--time SECONDS measure (default 10), watch (for ever): how long; 0 " \
	"is until Ctrl-C -s, --sleep SECONDS measure: length of a sleep " \
	"(default 0.05) -i, --interval SECONDS watch: between two lines " \
	"(default 1) -V, --version -h, --help check exits with 0 safe, 1 " \
	"partly safe, 2 at risk, 3 unknown; wrong use is 64. "

enum how {
	PLAIN,
	TERMINAL = 1,	/* its output is one */
	NO_COLOR = 2,	/* in its environment */
	NOBODY = 4,	/* who runs it has no rights */
	FULL = 8,	/* its output is a disk that is full */
	INTERRUPT = 16,	/* Control-C when the first has been seen of it */
};

/* "!" before words that must not be there; '' is an empty argument. */
static const struct use {
	const char *name, *arguments;
	int code;
	enum how how;
	const char *says[2];
} uses[] = {
	{ "version_is_told", "--version", 0, PLAIN, { "kvm-deadline " } },
	{ "short_version_is_told", "-V", 0, PLAIN, { "kvm-deadline " } },
	{ "help_is_given", "--help", 0, PLAIN, { HELP } },
	{ "short_help_is_given", "-h", 0, PLAIN, { "kvm-deadline check" } },
	{ "no_command_is_told", "--json", 64, PLAIN, { "say what to do" } },
	{ "wrong_command_is_told", "frobnicate", 64, PLAIN,
	  { "no command 'frobnicate'; see kvm-deadline --help" } },
	{ "second_command_is_told", "check status", 64, PLAIN,
	  { "kvm-deadline: 'status' is too much; see kvm-deadline --help" } },
	{ "unknown_option_is_told", "--root / check", 64, PLAIN, { "'--root'" } },
	{ "time_without_number_is_told", "measure --time", 64, PLAIN,
	  { "requires an argument" } },
	{ "time_below_zero_is_told", "--time -1 measure", 64, PLAIN,
	  { "'-1' is no number" } },
	{ "time_of_ever_is_told", "--time 1e10 measure", 64, PLAIN,
	  { "'1e10' is no number" } },
	{ "time_that_is_none_is_told", "--time nan measure", 64, PLAIN,
	  { "'nan' is no number" } },
	{ "time_with_a_unit_is_told", "--time 5s measure", 64, PLAIN,
	  { "'5s' is no number" } },
	{ "empty_time_is_told", "--time '' measure", 64, PLAIN,
	  { "'' is no number" } },
	{ "sleep_of_nothing_is_told", "--sleep 0 measure", 64, PLAIN,
	  { "'0' is no number" } },
	{ "interval_too_short_is_told", "--interval 0.0001 watch", 64, PLAIN,
	  { "'0.0001' is no number" } },
	{ "lost_output_is_told", "status", 70, FULL, { "standard output" } },
	{ "check_without_root", "check", ANY, NOBODY, { "!denied" } },
	{ "measure_without_root", "--time 0.1 measure", 0, NOBODY,
	  { "timer interrupts per sleep", "!denied" } },
	{ "watch_without_root", "--interval 0.05 --time 0.2 watch", 0, NOBODY,
	  { "per second", "!denied" } },
	{ "colours_on_a_terminal", "check", ANY, TERMINAL, { ESCAPE } },
	{ "no_colours_in_a_file", "check", ANY, PLAIN, { "!" ESCAPE } },
	{ "no_colours_if_not_wanted", "check", ANY, TERMINAL | NO_COLOR,
	  { "!" ESCAPE } },
	{ "no_colours_in_json", "--json check", ANY, TERMINAL, { "!" ESCAPE } },
	{ "measure_shows_how_far_it_got", "--time 0.1 measure", 0, TERMINAL,
	  { ESCAPE "K[####################] 0 s, 0 moves, median",
	    "timer interrupts per sleep" } },
	{ "no_bar_in_a_file", "--time 0.1 measure", 0, PLAIN,
	  { "!" ESCAPE, "timer interrupts per sleep" } },
	{ "interrupted_measure_reports", "--time 0 --sleep 0.01 measure", 0,
	  TERMINAL | INTERRUPT, { "99 % within" } },
};

static int tool;
static char text[1 << 16];

static void exec_tool(const char *arguments, enum how how)
{
	static char words[200];
	char *argv[20] = { "kvm-deadline" };
	int argc = 1;

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	if (how & NO_COLOR)
		setenv("NO_COLOR", "1", 1);
	if (how & FULL)
		dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
	if (how & NOBODY && !getuid() &&
	    (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
		_exit(99);
	strncpy(words, arguments, sizeof(words) - 1);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "''") ? word : "";
	/* Who has no rights may not see this folder. */
	fexecve(tool, argv, environ);
	_exit(98);
}

static pid_t start(const char *arguments, enum how how, int *from)
{
	int ends[2];
	pid_t pid;

	if (how & TERMINAL) {
		pid = forkpty(from, NULL, NULL, NULL);
	} else {
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		*from = ends[0];
		pid = fork();
		if (!pid) {
			dup2(ends[1], STDOUT_FILENO);
			dup2(ends[1], STDERR_FILENO);
		}
		close(ends[1]);
	}
	assert_true(pid >= 0);
	if (!pid)
		exec_tool(arguments, how);
	return pid;
}

/* Fills text, as one line, for it is wrapped for people; returns the exit code. */
static int run(const char *arguments, enum how how)
{
	size_t length = 0, i;
	int from, status;
	ssize_t got;
	pid_t pid = start(arguments, how, &from);

	while ((got = read(from, text + length, sizeof(text) - 1 - length)) > 0) {
		if (how & INTERRUPT && !length)
			kill(pid, SIGINT);
		length += got;
	}
	close(from);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	text[length] = 0;
	for (i = length = 0; text[i]; i++)
		if (!strchr(" \r\n", text[i]))
			text[length++] = text[i];
		else if (length && text[length - 1] != ' ')
			text[length++] = ' ';
	text[length] = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void used(void **state)
{
	const struct use *use = *state;
	int code = run(use->arguments, use->how);

	if (use->code == ANY ? code < 0 || code > 3 : code != use->code)
		fail_msg("exit code %d, it says '%s'", code, text);
	/* What must not be there is not there in nothing, either. */
	assert_true(*text);
	for (size_t i = 0; i < ARRAY_SIZE(use->says) && use->says[i]; i++) {
		bool unwanted = use->says[i][0] == '!';

		if (!strstr(text, use->says[i] + unwanted) != unwanted)
			fail_msg("'%s' is %s in '%s'", use->says[i] + unwanted,
				 unwanted ? "" : "not", text);
	}
}

/* Only root sees some marks of containers, and what /dev/kvm says. */
static const char *guest_facts(enum how how)
{
	char *begin, *end;

	assert_int_equal(run("status", how), 0);
	begin = strstr(text, "tsc deadline");
	assert_non_null(begin);
	end = strstr(begin, " host dev kvm");
	if (end)
		*end = 0;
	return begin;
}

static void without_root_the_same_is_seen(void **state)
{
	char *roots = strdup(guest_facts(PLAIN));

	(void)state;
	assert_string_equal(guest_facts(NOBODY), roots);
	free(roots);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[ARRAY_SIZE(uses) + 1] = {
		cmocka_unit_test(without_root_the_same_is_seen),
	};

	tool = open(argc > 1 ? argv[1] : TOOL, O_RDONLY | O_CLOEXEC);
	if (tool < 0) {
		perror("the tool");
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		tests[i + 1] = (struct CMUnitTest) {
			.name = uses[i].name, .test_func = used,
			.initial_state = (void *)&uses[i],
		};
	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
