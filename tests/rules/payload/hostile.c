// SPDX-License-Identifier: GPL-2.0-only
/*
 * R15: a guest that writes whatever touches the timer, near every edge there is,
 * and that KVM_RUN has to enter all the same.
 */
#include <stdio.h>
#include <time.h>

#include "rules.h"

/* In between it behaves: then its timer has to come as anybody's. */
#define STEPS_PER_TIMER	64
#define QUICK_STEPS	50000

#define HOSTILE_PAGE	(1ull << 40)	/* no memory there */

/* arg[0]: the host has seen enough; arg[1]: timers that came */
#define ENOUGH		guest.arg[0]
#define TIMERS		guest.arg[1]

/* Near to where signs, wraps and this guest's clock and TSC are, or anywhere. */
static u64 hostile_value(void)
{
	u64 random = next_random(), tsc;
	struct pvclock clock = kvmclock(&tsc);
	const u64 from[] = {
		0, 1ull << 63, clock.system_time, clock.tsc_timestamp, tsc,
		pvclock_ns(&clock, tsc), 0 - tsc, next_random(),
	};
	/* Half of them within 2^0 to 2^31 to either side. */
	s64 by = (s64)next_random() >> (32 + random % 32);

	random >>= 8;
	if (random % 2)
		by = (s64)(random >> 8) % 4 - 2;
	return from[(random >> 1) % ARRAY_SIZE(from)] + by;
}

static void hostile_apic(u64 random)
{
	static const u32 mode[] = { LVTT_ONE_SHOT, LVTT_PERIODIC, LVTT_DEADLINE,
				    LVTT_DEADLINE };

	switch (random % 8) {
	case 0:
		apic_disable();
		break;
	case 1:
		apic_enable();
		break;
	case 2:
		/* xAPIC, where all the rest of this faults. */
		apic_disable();
		wrmsr(MSR_IA32_APICBASE, rdmsr(MSR_IA32_APICBASE) | APICBASE_ENABLED);
		break;
	case 3:
		wrmsr(MSR_X2APIC_SVR, random & 8 ? SVR_ENABLED : SVR_DISABLED);
		break;
	case 4:
		wrmsr(MSR_X2APIC_TMICT, hostile_value() >> (random >> 3) % 32);
		break;
	default:
		set_lvtt(mode[(random >> 3) % ARRAY_SIZE(mode)] |
			 (random & 32 ? LVTT_MASKED : 0));
	}
}

static void hostile_page(u64 random)
{
	if (random & 1)
		wrmsr(MSR_KVM_SYSTEM_TIME_NEW, HOSTILE_PAGE | (random >> 1 & 1));
	else
		set_clock_page(random >> 1 & 1);
}

static void hostile_step(void)
{
	u64 random = next_random();

	switch (random % 16) {
	case 0 ... 1:
		wrmsr(MSR_IA32_TSC, hostile_value());
		break;
	case 2:
		wrmsr(MSR_IA32_TSC_ADJUST, hostile_value());
		break;
	case 3 ... 5:
		wrmsr(MSR_IA32_TSC_DEADLINE, hostile_value());
		break;
	case 6 ... 8:
		hostile_apic(random >> 8);
		break;
	case 9:
		hostile_page(random >> 8);
		break;
	case 10:
		/* A cli next to the sti would let nothing in. */
		asm volatile("sti; nop; nop; cli" : : : "memory");
		break;
	default:
		wrmsr(MSR_KVM_DEADLINE, hostile_value());
	}
	guest.steps++;
}

/* Everything as it should be, but for the TSC. */
static void behave(void)
{
	apic_enable();
	set_clock_page(true);
	wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	wrmsr(MSR_KVM_DEADLINE, 0);
	/* One taken in xAPIC mode could not be acknowledged. */
	while (rdmsr(TIMER_ISR) & TIMER_BIT)
		wrmsr(MSR_X2APIC_EOI, 0);
	/* KVM keeps the IRR of an APIC that is off, and does not look when it is on again. */
	if (timer_irr())
		wrmsr(MSR_X2APIC_SELF_IPI, TIMER_VECTOR);
	take_pending();
}

static void expect_timer(void)
{
	u64 random = next_random(), irqs;

	behave();
	irqs = guest.irqs;
	arm((random >> 8) % 2000);
	if (random & 1)
		wait_halted(irqs + 1);
	else
		wait_irr(irqs + 1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
	G_EXPECT(guest.irqs, ==, irqs + 1);
	TIMERS++;
}

static void guest_hostile(void)
{
	do {
		hostile_step();
		/* The library hears nothing of the guest's own TSC writes. */
		if (guest.steps % STEPS_PER_TIMER == 0 && !user_backend)
			expect_timer();
	} while (!ENOUGH);
	take_faults();
}

static u64 seconds(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now))
		die("clock_gettime");
	return now.tv_sec;
}

static void look_at_hostile(void)
{
	static u64 end;

	if (!end)
		end = seconds() + hostile_s;
	ENOUGH = hostile_s ? seconds() >= end : guest.steps >= QUICK_STEPS;
}

RULE_TEST(R15_hostile_writes, DEADLINE_MSR)
{
	struct vcpu *vcpu;

	hang_s += hostile_s;
	vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH, guest_hostile);
	vcpu_run_entered(vcpu, EVENT_DONE, look_at_hostile);
	printf("# %llu hostile steps, %llu timers in between\n",
	       (unsigned long long)guest.steps, (unsigned long long)TIMERS);
}
