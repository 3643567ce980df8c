// SPDX-License-Identifier: GPL-2.0-only
/* R12, R13: what a host write stores, and what a save finds. */
#include <unistd.h>

#include "rules.h"
#include "state.h"

#define MS			1000000ull	/* in ns */
#define FAR_NS			(1ull << 62)

/* arg[0]: how far ahead, arg[1]: halt while it waits */
static void guest_arm_and_move(void)
{
	arm(guest.arg[0]);
	guest_event(EVENT_SYNC);
	if (guest.arg[1])
		wait_halted(1);
	else
		wait_busy(1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
	expect_quiet(1000);
}

static struct vcpu *armed(u64 us, bool halted)
{
	guest.arg[0] = us;
	guest.arg[1] = halted;
	return vcpu_armed(guest_arm_and_move);
}

RULE_TEST(R12_usual_order, DEADLINE_MSR)
{
	vcpu_run_to(state_move(armed(20000, true), state_usual_order), EVENT_DONE);
}

RULE_TEST(R12_reverse_order, DEADLINE_MSR)
{
	/* The deadlines before there is a mode, a clock or an APIC state. */
	static const enum state_step order[STATE_STEPS] = {
		STATE_DEADLINE, STATE_TSC_DEADLINE, STATE_CLOCK,
		STATE_CLOCK_MSR, STATE_TSC_KHZ, STATE_TSC, STATE_LAPIC,
		STATE_CPUID, STATE_SREGS
	};

	vcpu_run_to(state_move(armed(20000, true), order), EVENT_DONE);
}

static void guest_arms_after_the_move(void)
{
	guest_event(EVENT_SYNC);
	arm(guest.arg[0]);
	G_EXPECT(rdmsr(guest.msr), ==, guest.deadline);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
}

/* Nothing is stored that would have the mode derived when the vCPU runs. */
RULE_TEST(R12_set_cpuid_derives_the_mode, DEADLINE_MSR)
{
	static const enum state_step order[STATE_STEPS] = {
		STATE_LAPIC, STATE_CPUID, STATE_SREGS, STATE_TSC, STATE_TSC_KHZ,
		STATE_CLOCK_MSR, STATE_CLOCK, STATE_TSC_DEADLINE, STATE_DEADLINE
	};
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				      guest_arms_after_the_move);

	guest.arg[0] = 5000;
	vcpu_run_to(vcpu, EVENT_SYNC);
	vcpu_run_to(state_move(vcpu, order), EVENT_DONE);
}

static void guest_wait_for_host(void)
{
	guest_event(EVENT_SYNC);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.arg[0]);
	expect_quiet(500);
}

static struct vcpu *vcpu_waiting(void)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				      guest_wait_for_host);

	vcpu_run_to(vcpu, EVENT_SYNC);
	return vcpu;
}

/* Past when written: only a run may find that out. */
RULE_TEST(R12_host_write_only_stores, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_waiting();

	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, 1);
	usleep(5000);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 1);
	EXPECT(vcpu_timer_irr(vcpu), ==, false);
	vcpu_run_to(vcpu, EVENT_DONE);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
}

RULE_TEST(R12_host_write_is_armed_by_running, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_waiting();

	guest.arg[0] = vm_get_clock(vcpu->vm) + 20 * MS;
	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, guest.arg[0]);
	vcpu_run_to(vcpu, EVENT_DONE);
}

RULE_TEST(R12_immediate_exit_is_not_running, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_waiting();

	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, 1);
	vcpu_run_immediate_exit(vcpu);
	vcpu_run_immediate_exit(vcpu);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 1);
	EXPECT(vcpu_timer_irr(vcpu), ==, false);
	vcpu_run_to(vcpu, EVENT_DONE);
}

static void guest_leaves_mode(void)
{
	set_lvtt(LVTT_ONE_SHOT);
	guest_event(EVENT_SYNC);
	expect_quiet(500);
	set_lvtt(LVTT_DEADLINE);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
	expect_quiet(500);
}

static void guest_disables_apic(void)
{
	apic_disable();
	guest_event(EVENT_SYNC);
	apic_enable();
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, 0);
	expect_quiet(500);
}

static void cleared_at_run(void (*fn)(void), u64 deadline_ns)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, fn);

	vcpu_run_to(vcpu, EVENT_SYNC);
	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, deadline_ns);
	vcpu_run_immediate_exit(vcpu);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, deadline_ns);
	vcpu_run_to(vcpu, EVENT_DONE);
	vm_free(vm);
}

RULE_TEST(R12_cleared_at_run_in_another_mode, DEADLINE_MSR)
{
	cleared_at_run(guest_leaves_mode, FAR_NS);
	cleared_at_run(guest_leaves_mode, 1);
}

RULE_TEST(R12_cleared_at_run_with_apic_disabled, DEADLINE_MSR)
{
	cleared_at_run(guest_disables_apic, FAR_NS);
	cleared_at_run(guest_disables_apic, 1);
}

RULE_TEST(R12_set_lapic_keeps_a_stored_one, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_waiting();
	struct kvm_lapic_state lapic;

	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, 1);
	VM_IOCTL(vcpu->fd, KVM_GET_LAPIC, &lapic);
	VM_IOCTL(vcpu->fd, KVM_SET_LAPIC, &lapic);
	usleep(5000);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 1);
	EXPECT(vcpu_timer_irr(vcpu), ==, false);
	vcpu_run_to(vcpu, EVENT_DONE);
}

RULE_TEST(R12_tsc_deadline_zero_leaves_it, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_waiting();

	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, 1);
	vcpu_set_msr(vcpu, MSR_IA32_TSC_DEADLINE, 0);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 1);
	vcpu_run_to(vcpu, EVENT_DONE);
}

RULE_TEST(R12_tsc_deadline_clears_it, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_waiting();

	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, FAR_NS);
	vcpu_set_msr(vcpu, MSR_IA32_TSC_DEADLINE, 1);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
	/* And it is the timer now. */
	vcpu_run_to(vcpu, EVENT_DONE);
}

static void wait_past(struct vcpu *vcpu, u64 deadline_ns)
{
	while (vm_get_clock(vcpu->vm) < deadline_ns + MS)
		usleep(1000);
}

RULE_TEST(R13_nothing_moves_outside_run, DEADLINE_MSR)
{
	struct vcpu *vcpu = armed(1000, true);
	int round;

	wait_past(vcpu, guest.deadline);
	for (round = 0; round < 3; round++) {
		EXPECT(vcpu_timer_irr(vcpu), ==, false);
		EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, guest.deadline);
		EXPECT(vcpu_timer_irr(vcpu), ==, false);
	}
	vcpu_run_to(state_move(vcpu, state_usual_order), EVENT_DONE);
}

static void guest_holds_it_in_irr(void)
{
	arm(500);
	while (!timer_irr())
		relax();
	guest_event(EVENT_SYNC);
	take_pending();
	G_EXPECT(guest.irqs, ==, 1);
	expect_quiet(1000);
}

RULE_TEST(R13_in_the_irr_once, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				      guest_holds_it_in_irr);

	vcpu_run_to(vcpu, EVENT_SYNC);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
	EXPECT(vcpu_timer_irr(vcpu), ==, true);
	vcpu_run_to(state_move(vcpu, state_usual_order), EVENT_DONE);
}

/* The clock of the new VM has reached D before the guest runs there. */
RULE_TEST(R13_expired_on_the_way, DEADLINE_MSR)
{
	struct vcpu *vcpu = armed(20000, true);

	vcpu = state_move(vcpu, state_usual_order);
	wait_past(vcpu, guest.deadline);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, guest.deadline);
	EXPECT(vcpu_timer_irr(vcpu), ==, false);
	vcpu_run_to(vcpu, EVENT_DONE);
}
