// SPDX-License-Identifier: GPL-2.0-only
/* R01-R04 for our MSR; the same guests with the TSC deadline are R17. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "rules.h"

#define TIMER_ADVANCE	"/sys/module/kvm/parameters/lapic_timer_advance_ns"
#define RANDOM_ROUNDS	300

static void (* const wait[])(u64 irqs) = { wait_busy, wait_halted, wait_irr };

#define WAYS	ARRAY_SIZE(wait)

static void fire_once(u64 us, void (*wait_for)(u64 irqs))
{
	u64 irqs = guest.irqs + 1, deadline = arm(us);

	wait_for(irqs);
	G_EXPECT(guest.irq_now, >=, deadline);
	G_EXPECT(guest.irqs, ==, irqs);
}

static void guest_fires_once(void)
{
	unsigned int way;

	for (way = 0; way < WAYS; way++) {
		fire_once(500, wait[way]);
		fire_once(20000, wait[way]);
	}
	/* Nothing is left over that a later moment would bring. */
	expect_quiet(2000);
	G_EXPECT(guest.irqs, ==, 2 * WAYS);
}

static void guest_fires_at_once_when_past(void)
{
	u64 past[] = { 1, 2, guest_now() / 2, guest_now() };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(past); i++) {
		wrmsr(guest.msr, past[i]);
		/* The next exit at the latest shows it. */
		G_EXPECT(timer_irr(), !=, 0);
		take_pending();
		G_EXPECT(guest.irqs, ==, i + 1);
	}
	expect_quiet(1000);
}

static void guest_never_early(void)
{
	u64 random;
	int round;

	for (round = 0; round < RANDOM_ROUNDS; round++) {
		random = next_random();
		/* Short ones race with the write itself, hence more of them. */
		fire_once((random >> 8) % (random & 1 ? 6 : 300),
			  wait[(random >> 32) % WAYS]);
	}
}

/* While it is armed the MSR itself must not go to 0 before its time either. */
static void guest_not_cleared_early(void)
{
	u64 deadline;
	int round;

	for (round = 0; round < RANDOM_ROUNDS; round++) {
		deadline = arm(next_random() % 100);
		while (rdmsr(guest.msr))
			relax();
		G_EXPECT(guest_now(), >=, deadline);
		wait_irr(guest.irqs + 1);
	}
}

/* Far enough away that none of them expires while it is looked at. */
static void guest_reads_back(void)
{
	u64 far = guest_now() + from_us(3600ull * 1000000);
	int bit;

	for (bit = 0; bit < 64; bit++) {
		u64 deadline = far | 1ull << bit;

		wrmsr(guest.msr, deadline);
		G_EXPECT(rdmsr(guest.msr), ==, deadline);
	}
	wrmsr(guest.msr, 0);
	G_EXPECT(rdmsr(guest.msr), ==, 0);
}

static void guest_reads_zero_after_firing(void)
{
	unsigned int way;

	for (way = 0; way < WAYS; way++) {
		arm(300);
		guest.irq_left = ~0ull;
		wait[way](way + 1);
		G_EXPECT(guest.irq_left, ==, 0);
		G_EXPECT(rdmsr(guest.msr), ==, 0);
	}
	/* In the IRR is enough, it need not be delivered. */
	arm(300);
	while (!timer_irr())
		relax();
	G_EXPECT(rdmsr(guest.msr), ==, 0);
}

static void guest_zero_disarms(void)
{
	u64 irqs, us;

	for (us = 0; us < 200; us += 10) {
		arm(us);
		irq_on();
		wrmsr(guest.msr, 0);
		/* Up to here it may have come. */
		take_pending();
		irqs = guest.irqs;
		G_EXPECT(rdmsr(guest.msr), ==, 0);
		expect_quiet(us + 200);
		/* The timer that follows is one interrupt, not two. */
		arm(50);
		wait_halted(irqs + 1);
		G_EXPECT(guest.irqs, ==, irqs + 1);
	}
}

static void guest_rewrite_moves(void)
{
	u64 first, deadline;

	/* Later, then sooner: only the last one counts. */
	do {
		first = arm(500);
		deadline = arm(3000);
	} while (too_late(guest_now(), first));
	wait_busy(guest.irqs + 1);
	G_EXPECT(guest.irq_now, >=, deadline);
	arm(3600ull * 1000000);
	deadline = arm(500);
	wait_halted(guest.irqs + 1);
	G_EXPECT(guest.irq_now, >=, deadline);
	expect_quiet(1000);
}

RULE_TEST(R01_fires_once, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_fires_once);
}

RULE_TEST(R01_fires_once_split_irqchip, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_SPLIT);

	vcpu_run_to(vcpu_with(vm, CPUID_BOTH, guest_fires_once), EVENT_DONE);
}

static void guest_fires_then_sync(void)
{
	fire_once(500, wait_busy);
	guest_event(EVENT_SYNC);
	expect_quiet(1000);
}

RULE_TEST(R01_does_not_fire_again_when_the_clock_moves, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_fires_then_sync);

	vcpu_run_to(vcpu, EVENT_SYNC);
	vm_set_clock(vm, vm_get_clock(vm) + HOUR_NS);
	vcpu_run_to(vcpu, EVENT_DONE);
}

RULE_TEST(R01_past_fires_at_once, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_fires_at_once_when_past);
}

RULE_TEST(R01_rewrite_moves_the_deadline, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_rewrite_moves);
}

RULE_TEST(R02_never_early, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_never_early);
}

/* KVM reads it when it makes a vCPU. */
static void set_timer_advance(const char *ns, char *old, size_t old_bytes)
{
	int fd = open(TIMER_ADVANCE, O_RDWR);
	ssize_t bytes;

	if (fd < 0)
		skip_hardware("this KVM has no " TIMER_ADVANCE ": it tunes the advance itself");
	bytes = read(fd, old, old_bytes - 1);
	if (bytes < 0 || write(fd, ns, strlen(ns)) < 0)
		die(TIMER_ADVANCE);
	old[bytes] = '\0';
	close(fd);
}

/* The host's timer is started this much early; KVM has to wait the rest out. */
RULE_TEST(R02_never_early_by_timer_advance, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	char automatic[16], ours[16];
	struct vcpu *vcpu;

	set_timer_advance("200000", automatic, sizeof(automatic));
	vcpu = vcpu_with(vm, CPUID_BOTH, guest_never_early);
	set_timer_advance(automatic, ours, sizeof(ours));
	vcpu_run_to(vcpu, EVENT_DONE);
}

RULE_TEST(R02_not_cleared_early, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_not_cleared_early);
}

RULE_TEST(R03_reads_back_all_bits, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_reads_back);
}

RULE_TEST(R03_reads_zero_after_firing, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_reads_zero_after_firing);
}

RULE_TEST(R04_zero_disarms, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_zero_disarms);
}

static void run_tsc_guest(unsigned int bits, void (*fn)(void))
{
	guest.msr = MSR_IA32_TSC_DEADLINE;
	run_guest(bits, fn);
}

RULE_TEST(R17_tsc_fires_once, ANY_HOST)
{
	run_tsc_guest(CPUID_TSC_DEADLINE, guest_fires_once);
}

RULE_TEST(R17_tsc_never_early, ANY_HOST)
{
	run_tsc_guest(CPUID_TSC_DEADLINE, guest_never_early);
}

RULE_TEST(R17_tsc_reads_back, ANY_HOST)
{
	run_tsc_guest(CPUID_TSC_DEADLINE, guest_reads_back);
}

RULE_TEST(R17_tsc_reads_zero_after_firing, ANY_HOST)
{
	run_tsc_guest(CPUID_TSC_DEADLINE, guest_reads_zero_after_firing);
}

RULE_TEST(R17_tsc_zero_disarms, ANY_HOST)
{
	run_tsc_guest(CPUID_TSC_DEADLINE, guest_zero_disarms);
}

/* The bit alone changes nothing for a guest that does not use the MSR. */
RULE_TEST(R17_tsc_fires_once_beside_the_bit, DEADLINE_MSR)
{
	run_tsc_guest(CPUID_BOTH, guest_fires_once);
}

RULE_TEST(R17_tsc_zero_disarms_beside_the_bit, DEADLINE_MSR)
{
	run_tsc_guest(CPUID_BOTH, guest_zero_disarms);
}
