// SPDX-License-Identifier: GPL-2.0-only
/* R15: deadlines and TSCs at the ends of their range. */
#include <stdio.h>
#include <unistd.h>

#include "rules.h"

#define MS			1000000ull	/* in ns */
#define HOUR_US			(HOUR_NS / 1000)

static void guest_far_deadlines(void)
{
	const u64 far[] = {
		guest_now() + from_us(3 * HOUR_US), guest_now() + from_us(1000 * HOUR_US),
		(1ull << 63) - 1, 1ull << 63, (1ull << 63) + 1, ~0ull - 1, ~0ull,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(far); i++) {
		wrmsr(guest.msr, far[i]);
		expect_quiet(2000);
		G_EXPECT(rdmsr(guest.msr), ==, far[i]);
		/* It left the timer fit to work. */
		arm(300);
		wait_halted(i + 1);
		G_EXPECT(guest.irq_now, >=, guest.deadline);
	}
}

static void guest_spins_with_given(void)
{
	wrmsr(guest.msr, guest.arg[0]);
	guest_event(EVENT_SYNC);
	expect_quiet(20000);
	guest_event(EVENT_SYNC);
}

static u64 exits_while_armed(u64 deadline_ns)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_spins_with_given);
	u64 exits;

	guest.arg[0] = deadline_ns;
	vcpu_run_to(vcpu, EVENT_SYNC);
	exits = vcpu_stat(vcpu, "exits");
	vcpu_run_to(vcpu, EVENT_SYNC);
	exits = vcpu_stat(vcpu, "exits") - exits;
	vm_free(vm);
	return exits;
}

/* A timer started again and again would interrupt the guest thousands of times. */
RULE_TEST(R15_far_costs_nothing, DEADLINE_MSR)
{
	static const u64 far[] = { 3 * HOUR_NS, 1ull << 63, ~0ull };
	u64 idle = exits_while_armed(0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(far); i++)
		EXPECT(exits_while_armed(far[i]), <, idle + 100);
}

static void guest_past_extremes(void)
{
	wrmsr(guest.msr, 1);
	take_pending();
	G_EXPECT(guest.irqs, ==, 1);
	expect_quiet(1000);
}

RULE_TEST(R15_far_deadlines, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_far_deadlines);
}

RULE_TEST(R15_one_is_past, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_past_extremes);
}

static void guest_wait_for_given(void)
{
	wrmsr(guest.msr, guest.arg[0]);
	guest.ready = 1;
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.arg[0]);
	expect_quiet(1000);
}

/* The whole way there in one step, asleep. */
static void reach(u64 deadline_ns)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_wait_for_given);

	guest.arg[0] = deadline_ns;
	vcpu_run_in_thread(vcpu);
	vcpu_wait_halted(vcpu);
	/* Short of it first: it still has to wait. */
	vm_set_clock(vm, deadline_ns - 50 * MS);
	vcpu_join(vcpu);
}

RULE_TEST(R15_three_hours_come, DEADLINE_MSR)
{
	reach(3 * HOUR_NS);
}

RULE_TEST(R15_two_to_the_63_comes, DEADLINE_MSR)
{
	reach(1ull << 63);
}

/*
 * The whole way, every second of it: the host has to wake for it once an hour at
 * most.  KVM's own update of all clocks every five minutes is the 36 exits.
 */
RULE_TEST(R15_hours_cost_nothing, DEADLINE_MSR)
{
	struct vcpu *vcpu;
	u64 exits, rearms;

	if (!full)
		skip_hardware("three hours of virtual time: with -f");
	hang_s = 4 * 3600;
	trace_begin();
	vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH, guest_wait_for_given);
	guest.arg[0] = 3 * HOUR_NS;
	vcpu_run_in_thread(vcpu);
	vcpu_wait_halted(vcpu);
	exits = vcpu_stat(vcpu, "exits");
	vcpu_join(vcpu);
	exits = vcpu_stat(vcpu, "exits") - exits;
	rearms = trace_count("rearm");
	printf("# in three hours: %llu exits, %llu re-arms\n",
	       (unsigned long long)exits, (unsigned long long)rearms);
	EXPECT(trace_count("expire"), ==, 1);
	EXPECT(rearms, <=, 3);
	EXPECT(exits, <, 36 + 20);
}

/* Two writes and any exit; arg[0]: TSC, arg[1]: how far D is ahead of the page. */
static void guest_sets_tsc_and_arms(void)
{
	u64 tsc;

	wrmsr(MSR_IA32_TSC, guest.arg[0]);
	guest.deadline = kvmclock(&tsc).system_time + guest.arg[1];
	wrmsr(MSR_KVM_DEADLINE, guest.deadline);
	guest_event(EVENT_SYNC);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
	expect_quiet(1000);
}

/* The page may be of an older TSC, its timestamp may wrap: D comes all the same. */
static void sets_tsc_and_arms(u64 tsc)
{
	static const u64 ahead_ns[] = { 1, 2, 1000, 100 * 1000, 20 * MS };
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ahead_ns); i++) {
		vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				 guest_sets_tsc_and_arms);
		guest.irqs = 0;
		guest.arg[0] = tsc;
		guest.arg[1] = ahead_ns[i];
		vcpu_run_entered(vcpu, EVENT_SYNC, NULL);
		vcpu_run_to(vcpu, EVENT_DONE);
		vm_free(vcpu->vm);
	}
}

RULE_TEST(R15_tsc_zero_and_just_ahead, DEADLINE_MSR)
{
	sets_tsc_and_arms(0);
}

RULE_TEST(R15_tsc_one_and_just_ahead, DEADLINE_MSR)
{
	sets_tsc_and_arms(1);
}

RULE_TEST(R15_tsc_last_and_just_ahead, DEADLINE_MSR)
{
	sets_tsc_and_arms(~0ull);
}
