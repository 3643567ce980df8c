// SPDX-License-Identifier: GPL-2.0-only
/* kvm-deadline: is this machine at risk when moved, and how good are its timers? */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define DEFAULT_SLEEP_NS	50000000ULL	/* what the project's figures use */
#define DEFAULT_MEASURE_NS	(10 * NSEC_PER_SEC)
#define DEFAULT_INTERVAL_NS	NSEC_PER_SEC
#define MAX_SECONDS		1e9

static const char help[] =
"kvm-deadline - do this machine's timers survive a move to another host?\n"
"\n"
"  kvm-deadline check      is this guest, or are this host's guests, at risk?\n"
"  kvm-deadline status     clock, timers and what KVM offers here\n"
"  kvm-deadline measure    how late sleeps end; may run across a move\n"
"  kvm-deadline watch      the guest driver's counters as they grow\n"
"\n"
"  -j, --json              for a program: one JSON object (watch: one a line)\n"
"  -t, --time SECONDS      measure (default 10), watch (for ever): how long;\n"
"                          0 is until Ctrl-C\n"
"  -s, --sleep SECONDS     measure: length of a sleep (default 0.05)\n"
"  -i, --interval SECONDS  watch: between two lines (default 1)\n"
"  -V, --version           -h, --help\n"
"\n"
"check exits with 0 safe, 1 partly safe, 2 at risk, 3 unknown; wrong use is 64.\n";

static const struct option long_options[] = {
	{ "json",	no_argument,		NULL, 'j' },
	{ "time",	required_argument,	NULL, 't' },
	{ "sleep",	required_argument,	NULL, 's' },
	{ "interval",	required_argument,	NULL, 'i' },
	{ "version",	no_argument,		NULL, 'V' },
	{ "help",	no_argument,		NULL, 'h' },
	{ 0 }
};

static const struct command {
	const char *name;
	int (*run)(const struct options *options);
} commands[] = {
	{ "status",	status_command },
	{ "check",	check_command },
	{ "measure",	measure_command },
	{ "watch",	watch_command },
};

atomic_bool interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = true;
}

/* No SA_RESTART: a sleep has to end. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void __attribute__((noreturn))
wrong_use(const char *format, const char *what)
{
	fputs("kvm-deadline: ", stderr);
	fprintf(stderr, format, what);
	fputs("; see kvm-deadline --help\n", stderr);
	exit(EXIT_USAGE);
}

static uint64_t duration_ns(const char *text, double min)
{
	char *end;
	double value = strtod(text, &end);

	/* This way round NaN is refused too. */
	if (end == text || *end || !(value >= min && value <= MAX_SECONDS))
		wrong_use("'%s' is no number of seconds that makes sense here",
			  text);
	return value * NSEC_PER_SEC;
}

static void parse(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "jt:s:i:Vh", long_options,
				     NULL)) >= 0) {
		switch (option) {
		case 'j':
			out_json = true;
			break;
		case 't':
			options->total_ns = duration_ns(optarg, 0);
			break;
		case 's':
			options->sleep_ns = duration_ns(optarg, 0.000001);
			break;
		case 'i':
			options->interval_ns = duration_ns(optarg, 0.001);
			break;
		case 'V':
			puts("kvm-deadline " VERSION);
			exit(0);
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			exit(EXIT_USAGE);
		}
	}
}

static const struct command *find_command(int argc, char **argv)
{
	size_t i;

	if (optind == argc)
		wrong_use("%s", "say what to do: check, status, measure or watch");
	if (optind + 1 < argc)
		wrong_use("'%s' is too much", argv[optind + 1]);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[optind], commands[i].name))
			return &commands[i];
	wrong_use("there is no command '%s'", argv[optind]);
}

#define TIME_NOT_GIVEN	UINT64_MAX

int main(int argc, char **argv)
{
	struct options options = {
		.sleep_ns = DEFAULT_SLEEP_NS,
		.interval_ns = DEFAULT_INTERVAL_NS,
		.total_ns = TIME_NOT_GIVEN,
	};
	const struct command *command;
	int code;

	parse(argc, argv, &options);
	command = find_command(argc, argv);
	if (options.total_ns == TIME_NOT_GIVEN)
		options.total_ns = command->run == measure_command ?
				   DEFAULT_MEASURE_NS : 0;
	out_colour_init();
	catch_signals();
	code = command->run(&options);
	if (fflush(stdout) || ferror(stdout)) {
		perror("kvm-deadline: standard output");
		return EXIT_FAILED;
	}
	return code;
}
