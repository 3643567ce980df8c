// SPDX-License-Identifier: GPL-2.0-only
/* R08: the APIC goes off under an armed timer, in APICBASE or by software. */
#include "rules.h"

#define FAR_US		3600000000ull	/* an hour: no test takes that long */
#define SOON_US		500
#define ROUNDS_OF_ALL	200

/* With interrupts off; each read leaves the guest, so KVM can act. */
static void pass_us(u64 us)
{
	u64 end = guest_now() + from_us(us);

	while (guest_now() < end)
		rdmsr(MSR_IA32_APICBASE);
}

static void expect_gone(void)
{
	G_EXPECT(rdmsr(guest.msr), ==, 0);
	expect_quiet(2 * SOON_US);
	/* It left the timer fit to work. */
	arm(SOON_US);
	wait_halted(guest.irqs + 1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
}

static void guest_disables_armed_apic(void)
{
	do {
		apic_enable();
		arm(guest.arg[0]);
		apic_disable();
	} while (too_late(guest_now(), guest.deadline));
	guest_event(EVENT_SYNC);
	pass_us(2 * SOON_US);
	guest_event(EVENT_SYNC);
	apic_enable();
	expect_gone();
}

static void expect_cleared(u64 us, void (*fn)(void))
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, fn);
	int look;

	guest.arg[0] = us;
	for (look = 0; look < 2; look++) {
		vcpu_run_to(vcpu, EVENT_SYNC);
		EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
		EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, 0);
		EXPECT(vcpu_timer_irr(vcpu), ==, false);
	}
	vcpu_run_to(vcpu, EVENT_DONE);
	vm_free(vm);
}

RULE_TEST(R08_disabling_the_apic_clears, DEADLINE_MSR)
{
	expect_cleared(FAR_US, guest_disables_armed_apic);
	expect_cleared(SOON_US, guest_disables_armed_apic);
}

/* Masked, so that it stays pending; the write of SVR makes KVM drop it. */
static void guest_drops_a_masked_expiry(void)
{
	set_lvtt(LVTT_DEADLINE | LVTT_MASKED);
	arm(SOON_US);
	pass_us(2 * SOON_US);
	wrmsr(MSR_X2APIC_SVR, SVR_DISABLED);
	guest_event(EVENT_SYNC);
	pass_us(2 * SOON_US);
	guest_event(EVENT_SYNC);
	apic_enable();
	expect_gone();
}

/* The same, but it expires while the APIC is disabled already. */
static void guest_drops_it_by_a_second_write(void)
{
	arm(SOON_US);
	wrmsr(MSR_X2APIC_SVR, SVR_DISABLED);
	if (guest_now() >= guest.deadline)
		take_pending();
	pass_us(2 * SOON_US);
	wrmsr(MSR_X2APIC_SVR, SVR_DISABLED);
	guest_event(EVENT_SYNC);
	pass_us(2 * SOON_US);
	guest_event(EVENT_SYNC);
	apic_enable();
	expect_gone();
}

RULE_TEST(R08_dropped_by_software_disable, DEADLINE_MSR)
{
	expect_cleared(SOON_US, guest_drops_a_masked_expiry);
	expect_cleared(SOON_US, guest_drops_it_by_a_second_write);
}

static void any_step(u64 random)
{
	static const u32 svr[] = { SVR_DISABLED, SVR_ENABLED };
	static const u32 masked[] = { 0, LVTT_MASKED };

	switch (random % 8) {
	case 0:
		apic_disable();
		break;
	case 1:
		apic_enable();
		break;
	case 2 ... 3:
		wrmsr(MSR_X2APIC_SVR, svr[random >> 3 & 1]);
		break;
	case 4 ... 5:
		set_lvtt(LVTT_DEADLINE | masked[random >> 3 & 1]);
		break;
	case 6:
		set_lvtt(LVTT_ONE_SHOT);
		break;
	default:
		pass_us(SOON_US);
	}
}

/* arg[0]: something is left that must fire, says the host; arg[1]: rounds done */
static void guest_does_anything(void)
{
	u64 steps;

	do {
		guest.irqs = 0;
		arm(next_random() % 2 ? SOON_US : FAR_US);
		for (steps = next_random() % 6; steps; steps--)
			any_step(next_random() >> 8);
		guest_event(EVENT_SYNC);
		apic_enable();
		if (guest.arg[0])
			wait_halted(1);
		expect_quiet(2 * SOON_US);
		G_EXPECT(guest.irqs, ==, guest.arg[0]);
		take_faults();
	} while (++guest.arg[1] < ROUNDS_OF_ALL);
}

/* What reads non-zero fires, when its time comes and all is enabled; zero never. */
RULE_TEST(R08_non_zero_is_what_fires, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_does_anything);
	u64 deadline;

	while (vcpu_run(vcpu) == EVENT_SYNC) {
		deadline = vcpu_get_msr(vcpu, MSR_KVM_DEADLINE);
		guest.arg[0] = deadline || vcpu_timer_irr(vcpu);
		if (deadline) {
			EXPECT(deadline, ==, guest.deadline);
			EXPECT(vcpu_timer_irr(vcpu), ==, false);
			vm_set_clock(vm, deadline);
		}
	}
	EXPECT(guest.arg[1], ==, ROUNDS_OF_ALL);
}
