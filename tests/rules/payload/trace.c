// SPDX-License-Identifier: GPL-2.0-only
/* What the host tells people: a trace event for each transition. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "rules.h"

/* A buffer of its own, so that whoever else traces is not disturbed. */
#define TRACING		"/sys/kernel/tracing/instances/kvm_deadline_rules"

#define MS		1000000ull	/* in ns */
#define HOUR_US		(HOUR_NS / 1000)

static const char * const names[] = {
	"arm", "disarm", "replaced", "expire", "rearm", "clock_moved", "restored",
};

/* One line of the trace. */
struct line {
	char what[32];
	u64 deadline_ns;
	u64 kvmclock_ns;
	u64 deadline_tsc;
};

void trace_begin(void)
{
	if (mkdir(TRACING, 0700) && errno != EEXIST) {
		if (errno == EACCES || errno == EPERM)
			skip("only root can trace this host");
		die(TRACING);
	}
	write_file(TRACING "/trace", "\n", O_TRUNC);
	write_file(TRACING "/events/kvm/kvm_deadline/enable", "1", 0);
}

void trace_end(void)
{
	rmdir(TRACING);
}

static FILE *trace_open(void)
{
	FILE *file = fopen(TRACING "/trace", "r");

	if (!file)
		die(TRACING "/trace");
	return file;
}

static const char format[] =
	"%*s vcpu_id %u what %31[a-z_] deadline_ns %llu kvmclock_ns %llu deadline_tsc %llu";

static bool trace_next(FILE *file, struct line *line)
{
	unsigned long long deadline_ns, kvmclock_ns, deadline_tsc;
	unsigned int vcpu_id;
	char text[512];
	char *event;
	int fields;

	do {
		if (!fgets(text, sizeof(text), file))
			return false;
		event = strstr(text, " kvm_deadline: ");
	} while (!event);

	fields = sscanf(event, format, &vcpu_id, line->what, &deadline_ns,
			&kvmclock_ns, &deadline_tsc);
	EXPECT(fields, ==, 5);
	EXPECT(vcpu_id, ==, 0);
	line->deadline_ns = deadline_ns;
	line->kvmclock_ns = kvmclock_ns;
	line->deadline_tsc = deadline_tsc;
	return true;
}

/* How often the trace has it; *last is the last one. */
static u64 traced(const char *what, struct line *last)
{
	FILE *file = trace_open();
	struct line line;
	u64 count = 0;

	while (trace_next(file, &line)) {
		if (strcmp(line.what, what))
			continue;
		count++;
		*last = line;
	}
	fclose(file);
	return count;
}

u64 trace_count(const char *what)
{
	struct line last;

	return traced(what, &last);
}

/* The last event of that name is for @deadline_ns. */
static void expect_traced(const char *what, u64 times, u64 deadline_ns)
{
	struct line last = { 0 };

	EXPECT(traced(what, &last), ==, times);
	EXPECT(last.deadline_ns, ==, deadline_ns);
}

static struct vcpu *traced_guest(unsigned int bits, void (*fn)(void))
{
	trace_begin();
	return vcpu_with(vm_new(IRQCHIP_KERNEL), bits, fn);
}

static void guest_fires_five_times(void)
{
	u64 i;

	for (i = 1; i <= 5; i++) {
		arm(1000);
		wait_halted(i);
	}
}

/* Each expiry follows the arm of just that deadline, and is not early. */
RULE_TEST(R01_arm_and_expiry_are_traced, DEADLINE_MSR)
{
	struct vcpu *vcpu = traced_guest(CPUID_BOTH, guest_fires_five_times);
	u64 armed = 0, expired = 0;
	struct line line;
	FILE *file;

	vcpu_run_to(vcpu, EVENT_DONE);
	file = trace_open();
	while (trace_next(file, &line)) {
		if (!strcmp(line.what, "arm")) {
			EXPECT(armed, ==, 0);
			armed = line.deadline_ns;
		} else if (!strcmp(line.what, "expire")) {
			EXPECT(line.deadline_ns, ==, armed);
			EXPECT(line.kvmclock_ns, >=, armed);
			EXPECT(line.deadline_tsc, >, 1);
			armed = 0;
			expired++;
		}
	}
	EXPECT(expired, ==, 5);
	expect_traced("arm", 5, guest.deadline);
	expect_traced("expire", 5, guest.deadline);
}

/* The host's own clock, which its timers go by, runs faster than kvmclock. */
static void slew_host(long tick_us)
{
	struct timex timex = { .modes = ADJ_TICK, .tick = tick_us };

	if (adjtimex(&timex) < 0)
		die("adjtimex");
}

static void guest_fires_once(void)
{
	arm(200 * 1000);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
}

/*
 * An idle host programs its next interrupt in cycles, which no slew changes, and
 * finds the timer early only if something else wakes it before.
 */
static void *keep_host_ticking(void *arg)
{
	for (;;)
		usleep(1000);
	return arg;
}

/* A vCPU that wakes slowly may find a deadline reached that was not before. */
static int early_rearms(void)
{
	FILE *file = trace_open();
	struct line line;
	int early = 0;

	while (trace_next(file, &line))
		early += !strcmp(line.what, "rearm") &&
			 line.kvmclock_ns < line.deadline_ns;
	fclose(file);
	return early;
}

RULE_TEST(R02_early_host_timer_is_traced, DEADLINE_MSR)
{
	struct vcpu *vcpu = traced_guest(CPUID_BOTH, guest_fires_once);
	pthread_t thread;

	errno = pthread_create(&thread, NULL, keep_host_ticking, NULL);
	if (errno)
		die("pthread_create");
	/* 200 ms take 182 ms then: too much to be waited out. */
	slew_host(11000);
	vcpu_run_to(vcpu, EVENT_DONE);
	slew_host(10000);
	EXPECT(early_rearms(), >, 0);
	expect_traced("rearm", trace_count("rearm"), guest.deadline);
	expect_traced("expire", 1, guest.deadline);
}

static void guest_writes_zero(void)
{
	arm(HOUR_US);
	wrmsr(guest.msr, 0);
	/* R05: nothing is armed, nothing happens. */
	wrmsr(guest.msr, 0);
}

static void expect_armed_and_disarmed(void (*fn)(void))
{
	struct vcpu *vcpu = traced_guest(CPUID_BOTH, fn);

	vcpu_run_to(vcpu, EVENT_DONE);
	expect_traced("arm", 1, guest.deadline);
	expect_traced("disarm", 1, guest.deadline);
}

RULE_TEST(R04_disarm_is_traced, DEADLINE_MSR)
{
	expect_armed_and_disarmed(guest_writes_zero);
}

static void guest_writes_the_other(void)
{
	arm(HOUR_US);
	wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	wrmsr(MSR_IA32_TSC_DEADLINE, ~0ull >> 1);
	wrmsr(MSR_IA32_TSC_DEADLINE, ~0ull >> 2);
}

RULE_TEST(R05_replacement_is_traced, DEADLINE_MSR)
{
	struct vcpu *vcpu = traced_guest(CPUID_BOTH, guest_writes_the_other);

	vcpu_run_to(vcpu, EVENT_DONE);
	expect_traced("replaced", 1, guest.deadline);
	expect_traced("disarm", 0, 0);
}

static void guest_leaves_the_mode(void)
{
	arm(HOUR_US);
	set_lvtt(LVTT_ONE_SHOT);
}

RULE_TEST(R08_leaving_the_mode_is_traced, DEADLINE_MSR)
{
	expect_armed_and_disarmed(guest_leaves_the_mode);
}

static void guest_waits_armed(void)
{
	arm(HOUR_US);
	guest_event(EVENT_SYNC);
	wait_halted(1);
}

/* Stored is not yet restored: that is when the vCPU runs. */
RULE_TEST(R12_restored_is_traced, DEADLINE_MSR)
{
	struct vcpu *vcpu = traced_guest(CPUID_BOTH, guest_waits_armed);
	u64 deadline_ns;

	vcpu_run_to(vcpu, EVENT_SYNC);
	deadline_ns = guest.deadline + 1;
	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, deadline_ns);
	expect_traced("restored", 0, 0);
	vm_set_clock(vcpu->vm, deadline_ns);
	vcpu_run_to(vcpu, EVENT_DONE);
	expect_traced("restored", 1, deadline_ns);
	expect_traced("expire", 1, deadline_ns);
	expect_traced("arm", 1, guest.deadline);
}

RULE_TEST(R14_clock_move_is_traced, DEADLINE_MSR)
{
	struct vcpu *vcpu = traced_guest(CPUID_BOTH, guest_waits_armed);
	struct line last = { 0 };
	u64 before;

	vcpu_run_to(vcpu, EVENT_SYNC);
	before = trace_count("clock_moved");
	vm_set_clock(vcpu->vm, guest.deadline + 5 * MS);
	vcpu_run_to(vcpu, EVENT_DONE);
	EXPECT(traced("clock_moved", &last), >, before);
	EXPECT(last.kvmclock_ns, >=, guest.deadline + 5 * MS);
	expect_traced("clock_moved", trace_count("clock_moved"), guest.deadline);
	expect_traced("restored", 0, 0);
}

static void guest_uses_the_other(void)
{
	u64 i;

	guest.msr = MSR_IA32_TSC_DEADLINE;
	for (i = 1; i <= 3; i++) {
		arm(1000);
		wait_halted(i);
	}
	wrmsr(guest.msr, 0);
	set_lvtt(LVTT_ONE_SHOT);
}

RULE_TEST(R17_old_guests_are_not_traced, DEADLINE_MSR)
{
	struct vcpu *vcpu = traced_guest(CPUID_BOTH, guest_uses_the_other);
	unsigned int i;

	vcpu_run_to(vcpu, EVENT_DONE);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		expect_traced(names[i], 0, 0);
}
