// SPDX-License-Identifier: GPL-2.0-only
/* Run the table, each test in a process of its own; report as TAP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rules.h"
#include "user.h"

#define EXIT_SKIP	77
#define EXIT_LACKING	78	/* allowed even with -n */

static const struct rule_test *sorted[256];
static int tests;
bool full;
unsigned int hostile_s;
static bool no_skips, real_time, stop_at_failure;
static const char **skip_reason;	/* shared with the test's process */

static const char usage[] =
	"usage: rules [-b kernel|user] [-d SECONDS] [-f] [-l] [-n] [-r] [-x] [-t PREFIX]\n"
	"             [-s SEED] [-w SECONDS]\n"
	"  -b  who serves the MSR: KVM (the default) or libkvmdeadline\n"
	"  -d  let the hostile guest go on for SECONDS\n"
	"  -f  full: take the time for every order and moment the rules speak of\n"
	"  -l  list the tests\n"
	"  -n  no test may be skipped: all that KVM can offer must be there\n"
	"  -r  time is real here and other work may come between\n"
	"  -t  run those whose name starts with PREFIX\n"
	"  -s  seed of the random inputs, as printed by an earlier run\n"
	"  -w  call a test hung after SECONDS in one guest (default 60)\n"
	"  -x  stop at the first failure\n";

static void __attribute__((noreturn)) skip_as(int code, const char *reason)
{
	*skip_reason = reason;
	fflush(stdout);
	_exit(code);
}

void skip(const char *reason)
{
	skip_as(EXIT_SKIP, reason);
}

void skip_hardware(const char *reason)
{
	skip_as(EXIT_LACKING, reason);
}

void needs_unknown_msrs(void)
{
	/* The library's VMM filters the MSR: that comes first. */
	if (!user_backend && is_yes("/sys/module/kvm/parameters/ignore_msrs"))
		skip("kvm.ignore_msrs=1 lets an unknown MSR pass: needs 0");
}

static bool kvm_has_the_msr(struct vm *vm)
{
	return vm_check_extension(vm, KVM_CAP_X86_DEADLINE) & KVM_CAP_X86_DEADLINE_MSR;
}

static void check_needs(const struct rule_test *test)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	const char *reason = NULL;

	if (real_time)
		reason = real_time_unfit(test->name);
	if (!reason && user_backend)
		reason = user_unfit(test->name);
	if (reason)
		skip_hardware(reason);
	if (user_backend)
		reason = user_lacking(vm);
	else if (test->needs == DEADLINE_MSR && !kvm_has_the_msr(vm))
		reason = "this host's KVM has no MSR_KVM_DEADLINE";
	if (reason)
		skip(reason);
	vm_free(vm);
}

static void __attribute__((noreturn)) run_child(const struct rule_test *test)
{
	check_needs(test);
	guest.msr = MSR_KVM_DEADLINE;
	test->run();
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

static bool report(const struct rule_test *test, int number, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	if (WIFSIGNALED(status))
		printf("# %s\n", WTERMSIG(status) == SIGALRM ?
		       "hung: what the test waits for did not come" :
		       strsignal(WTERMSIG(status)));
	if (code == EXIT_SKIP || code == EXIT_LACKING) {
		bool ok = code == EXIT_LACKING || !no_skips;

		printf("%s %d - %s # SKIP %s\n", ok ? "ok" : "not ok",
		       number, test->name, *skip_reason);
		return ok;
	}
	printf("%s %d - %s\n", status ? "not ok" : "ok", number, test->name);
	return !status;
}

static bool run_test(const struct rule_test *test, int number)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		run_child(test);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("fork");
	return report(test, number, status);
}

static int by_name(const void *left, const void *right)
{
	return strcmp((*(const struct rule_test **)left)->name,
		      (*(const struct rule_test **)right)->name);
}

static void select_tests(const char *prefix)
{
	const struct rule_test *test;

	for (test = __start_rule_tests; test < __stop_rule_tests; test++)
		if (!strncmp(test->name, prefix, strlen(prefix)))
			sorted[tests++] = test;
	qsort(sorted, tests, sizeof(sorted[0]), by_name);
}

static int run_tests(void)
{
	int failed = 0, i;

	skip_reason = mmap(NULL, sizeof(*skip_reason), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skip_reason == MAP_FAILED)
		die("mmap");
	printf("TAP version 13\n1..%d\n# seed %#llx\n", tests,
	       (unsigned long long)guest.seed);
	for (i = 0; i < tests && !(failed && stop_at_failure); i++)
		failed += !run_test(sorted[i], i + 1);
	trace_end();
	printf("# %d of %d failed\n", failed, tests);
	return failed || !tests ? EXIT_FAILURE : EXIT_SUCCESS;
}

static u64 random_seed(void)
{
	u64 seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		die("getrandom");
	return seed | 1;	/* xorshift is stuck at 0 */
}

int main(int argc, char **argv)
{
	const char *prefix = "";
	bool list = false;
	int option, i;

	guest.seed = random_seed();
	while ((option = getopt(argc, argv, "b:d:flnrs:t:w:x")) != -1) {
		if (option == 'b' && !strcmp(optarg, "user"))
			user_backend = true;
		else if (option == 'b' && !strcmp(optarg, "kernel"))
			user_backend = false;
		else if (option == 'd')
			hostile_s = atoi(optarg);
		else if (option == 'f')
			full = true;
		else if (option == 'l')
			list = true;
		else if (option == 'n')
			no_skips = true;
		else if (option == 'r')
			real_time = true;
		else if (option == 'x')
			stop_at_failure = true;
		else if (option == 's')
			guest.seed = strtoull(optarg, NULL, 0) | 1;
		else if (option == 't')
			prefix = optarg;
		else if (option == 'w')
			hang_s = atoi(optarg);
		else
			return fputs(usage, stderr), 2;
	}
	select_tests(prefix);
	if (!list)
		return run_tests();
	for (i = 0; i < tests; i++)
		puts(sorted[i]->name);
	return EXIT_SUCCESS;
}
