// SPDX-License-Identifier: GPL-2.0-only
/* R05-R09: the two MSRs of one timer, its modes, and what clears it. */
#include "rules.h"

#define FAR_US		3600000000ull	/* an hour: no test takes that long */
#define LVTT_MODES	(3u << 17)

static u64 tsc_in_us(u64 us)
{
	return read_tsc() + us * guest.tsc_khz / 1000;
}

static u64 arm_tsc(u64 us)
{
	u64 deadline = tsc_in_us(us);

	wrmsr(MSR_IA32_TSC_DEADLINE, deadline);
	return deadline;
}

static void guest_take_over(void)
{
	u64 tsc = arm_tsc(FAR_US), deadline = arm(FAR_US);

	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, deadline);
	G_EXPECT(rdmsr(MSR_IA32_TSC_DEADLINE), ==, 0);
	tsc = arm_tsc(FAR_US);
	G_EXPECT(rdmsr(MSR_IA32_TSC_DEADLINE), ==, tsc);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
}

static void guest_take_over_disarms(void)
{
	u64 deadline, tsc;

	do {
		deadline = arm(1000);
		arm_tsc(FAR_US);
	} while (too_late(kvmclock_ns(), deadline));
	expect_quiet(3000);
	do {
		tsc = arm_tsc(1000);
		deadline = arm(FAR_US);
	} while (too_late(read_tsc(), tsc));
	expect_quiet(3000);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, deadline);
}

static void guest_past_takes_over(void)
{
	arm(FAR_US);
	wrmsr(MSR_IA32_TSC_DEADLINE, 1);
	take_pending();
	G_EXPECT(guest.irqs, ==, 1);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
	arm_tsc(FAR_US);
	wrmsr(MSR_KVM_DEADLINE, 1);
	take_pending();
	G_EXPECT(guest.irqs, ==, 2);
	G_EXPECT(rdmsr(MSR_IA32_TSC_DEADLINE), ==, 0);
}

static void guest_zero_to_the_other(void)
{
	u64 deadline = arm(1000);

	wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, deadline);
	deadline = arm(FAR_US);
	wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, deadline);

	deadline = arm_tsc(FAR_US);
	wrmsr(MSR_KVM_DEADLINE, 0);
	G_EXPECT(rdmsr(MSR_IA32_TSC_DEADLINE), ==, deadline);
	arm_tsc(1000);
	wrmsr(MSR_KVM_DEADLINE, 0);
	wait_halted(2);
	expect_quiet(500);
}

RULE_TEST(R05_either_write_takes_over, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_take_over);
}

RULE_TEST(R05_take_over_disarms, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_take_over_disarms);
}

RULE_TEST(R05_past_takes_over, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_past_takes_over);
}

RULE_TEST(R05_zero_to_the_other_changes_nothing, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_zero_to_the_other);
}

static void guest_cross_read(void)
{
	guest.arg[0] = arm(FAR_US);
	G_EXPECT(rdmsr(MSR_IA32_TSC_DEADLINE), ==, 0);
	guest_event(EVENT_SYNC);
	guest.arg[0] = arm_tsc(FAR_US);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
	guest_event(EVENT_SYNC);
}

RULE_TEST(R06_the_other_reads_zero, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_cross_read);

	vcpu_run_to(vcpu, EVENT_SYNC);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, guest.arg[0]);
	EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, 0);
	vcpu_run_to(vcpu, EVENT_SYNC);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
	EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, guest.arg[0]);
	vcpu_run_to(vcpu, EVENT_DONE);
}

static void expect_ignored(u64 deadline)
{
	wrmsr(MSR_KVM_DEADLINE, deadline);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
}

static void guest_other_modes(void)
{
	static const u32 mode[] = { LVTT_ONE_SHOT, LVTT_PERIODIC };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mode); i++) {
		set_lvtt(mode[i]);
		expect_ignored(1);
		expect_ignored(guest_now() + from_us(FAR_US));
		expect_quiet(500);
		/* Nor was it put aside for later. */
		set_lvtt(LVTT_DEADLINE);
		G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
		expect_quiet(500);
	}
}

static void guest_apic_disabled(void)
{
	apic_disable();
	expect_ignored(1);
	expect_ignored(guest_now() + from_us(FAR_US));
	apic_enable();
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
	expect_quiet(500);
}

static void guest_mode_is_there(void)
{
	G_EXPECT(rdmsr(MSR_X2APIC_LVTT) & LVTT_MODES, ==, LVTT_DEADLINE);
	arm(300);
	wait_halted(1);
}

static void guest_mode_is_not_there(void)
{
	G_EXPECT(rdmsr(MSR_X2APIC_LVTT) & LVTT_MODES, !=, LVTT_DEADLINE);
	/* As KVM is today: the MSR itself has no gate. */
	wrmsr(MSR_IA32_TSC_DEADLINE, 1);
	G_EXPECT(rdmsr(MSR_IA32_TSC_DEADLINE), ==, 0);
}

RULE_TEST(R07_ignored_in_other_modes, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_other_modes);
}

RULE_TEST(R07_ignored_with_apic_disabled, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_apic_disabled);
}

RULE_TEST(R07_mode_with_our_bit_alone, DEADLINE_MSR)
{
	run_guest(CPUID_KVM_DEADLINE, guest_mode_is_there);
}

RULE_TEST(R07_tsc_msr_with_our_bit_alone, DEADLINE_MSR)
{
	guest.msr = MSR_IA32_TSC_DEADLINE;
	run_guest(CPUID_KVM_DEADLINE, guest_mode_is_there);
}

RULE_TEST(R07_no_mode_without_any_bit, ANY_HOST)
{
	run_guest(0, guest_mode_is_not_there);
}

static void guest_mode_change_clears(void)
{
	static const u32 mode[] = { LVTT_ONE_SHOT, LVTT_PERIODIC };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mode); i++) {
		arm(FAR_US);
		set_lvtt(mode[i]);
		set_lvtt(LVTT_DEADLINE);
		G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
		do {
			set_lvtt(LVTT_DEADLINE);
			arm(1000);
			set_lvtt(mode[i]);
		} while (too_late(guest_now(), guest.deadline));
		expect_quiet(2000);
		set_lvtt(LVTT_DEADLINE);
		expect_quiet(500);
	}
}

static void guest_masking_keeps(void)
{
	u64 deadline = arm(FAR_US);

	set_lvtt(LVTT_DEADLINE | LVTT_MASKED);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, deadline);
	set_lvtt(LVTT_DEADLINE);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, deadline);
	deadline = arm(2000);
	set_lvtt(LVTT_DEADLINE | LVTT_MASKED);
	set_lvtt(LVTT_DEADLINE);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, deadline);
}

static void guest_arm_and_sync(void)
{
	arm(guest.arg[0]);
	guest_event(EVENT_SYNC);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
	expect_quiet(500);
}

static void guest_send_init(void)
{
	/* INIT, level asserted, physical, to APIC id 1. */
	wrmsr(MSR_X2APIC_ICR, 1ull << 32 | 0x4500);
}

RULE_TEST(R08_leaving_the_mode_clears, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_mode_change_clears);
}

RULE_TEST(R08_masking_does_not_clear, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_masking_keeps);
}

RULE_TEST(R08_init_clears, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *bsp = vcpu_with(vm, CPUID_BOTH, guest_send_init);
	struct vcpu *ap = vcpu_with(vm, CPUID_BOTH, guest_arm_and_sync);
	struct kvm_mp_state mp_state;

	guest.arg[0] = FAR_US;
	vcpu_run_to(ap, EVENT_SYNC);
	EXPECT(vcpu_get_msr(ap, MSR_KVM_DEADLINE), ==, guest.deadline);
	vcpu_run_to(bsp, EVENT_DONE);
	/* Also makes KVM act on the INIT. */
	VM_IOCTL(ap->fd, KVM_GET_MP_STATE, &mp_state);
	EXPECT(mp_state.mp_state, ==, KVM_MP_STATE_INIT_RECEIVED);
	EXPECT(vcpu_get_msr(ap, MSR_KVM_DEADLINE), ==, 0);
}

RULE_TEST(R08_set_lapic_does_not_clear, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_arm_and_sync);
	struct kvm_lapic_state lapic;

	guest.arg[0] = 2000;
	vcpu_run_to(vcpu, EVENT_SYNC);
	VM_IOCTL(vcpu->fd, KVM_GET_LAPIC, &lapic);
	VM_IOCTL(vcpu->fd, KVM_SET_LAPIC, &lapic);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, guest.deadline);
	vcpu_run_to(vcpu, EVENT_DONE);
}

enum view { MASKED_IRR, MASKED_ARMED, MASKED_IRQS, OPEN_IRQS, OPEN_ARMED, VIEWS };

static void spin_us(u64 us)
{
	u64 end = guest_now() + from_us(us);

	irq_on();
	/* Each read leaves the guest, so KVM can act on what is pending. */
	while (guest_now() < end)
		rdmsr(guest.msr);
	irq_off();
}

static void arm_masked(u64 us, bool mask_first)
{
	do {
		set_lvtt(LVTT_DEADLINE | (mask_first ? LVTT_MASKED : 0));
		arm(us);
		set_lvtt(LVTT_DEADLINE | LVTT_MASKED);
	} while (!mask_first && too_late(guest_now(), guest.deadline));
}

static void watch_masked(u64 us, bool mask_first, u64 *view)
{
	u64 irqs;

	arm_masked(us, mask_first);
	irqs = guest.irqs;
	spin_us(5000);
	view[MASKED_IRR] = timer_irr();
	view[MASKED_ARMED] = rdmsr(guest.msr) != 0;
	view[MASKED_IRQS] = guest.irqs - irqs;
	set_lvtt(LVTT_DEADLINE);
	spin_us(1000);
	view[OPEN_IRQS] = guest.irqs - irqs;
	view[OPEN_ARMED] = rdmsr(guest.msr) != 0;
	wrmsr(guest.msr, 0);
	take_pending();
}

static void compare_masked(u64 us, bool mask_first)
{
	u64 tsc[VIEWS], ours[VIEWS];
	unsigned int view;

	guest.msr = MSR_IA32_TSC_DEADLINE;
	watch_masked(us, mask_first, tsc);
	guest.msr = MSR_KVM_DEADLINE;
	watch_masked(us, mask_first, ours);
	for (view = 0; view < VIEWS; view++)
		G_EXPECT(ours[view], ==, tsc[view]);
}

static void guest_masked(void)
{
	/* Past when written, expiring while masked, and after it. */
	compare_masked(0, true);
	compare_masked(1000, true);
	compare_masked(1000, false);
	compare_masked(FAR_US, true);
	compare_masked(FAR_US, false);
}

RULE_TEST(R09_masked_as_the_tsc_deadline, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH, guest_masked);
}
