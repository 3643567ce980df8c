// SPDX-License-Identifier: GPL-2.0-only
/* R17: the APIC timer's old modes, with nothing of ours in use. */
#include "rules.h"

#define TDCR_DIVIDE_BY_1	0xb
#define RFLAGS_IF		(1u << 9)
#define COUNT			1000000	/* 1 ms: KVM's APIC bus runs at 1 GHz */

static void start_count(u32 mode)
{
	set_lvtt(mode);
	wrmsr(MSR_X2APIC_TDCR, TDCR_DIVIDE_BY_1);
	wrmsr(MSR_X2APIC_TMICT, COUNT);
}

static void guest_one_shot(void)
{
	start_count(LVTT_ONE_SHOT);
	wait_halted(1);
	expect_quiet(3000);
	/* Back in mode 10b nothing of it is left. */
	set_lvtt(LVTT_DEADLINE);
	G_EXPECT(rdmsr(MSR_IA32_TSC_DEADLINE), ==, 0);
	arm(300);
	wait_halted(2);
}

static void guest_periodic(void)
{
	u64 start = read_tsc();

	start_count(LVTT_PERIODIC);
	wait_halted(5);
	G_EXPECT(read_tsc() - start, >=, from_us(5000));
	wrmsr(MSR_X2APIC_TMICT, 0);
	take_pending();
	expect_quiet(3000);
}

static void guest_sync_then_one(void)
{
	guest_event(EVENT_SYNC);
	wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.arg[0]);
	expect_quiet(500);
}

static void guest_halts_in_shadow(void)
{
	wrmsr(MSR_X2APIC_SELF_IPI, TIMER_VECTOR);
	/* The host puts a sti before the hlt, and takes the processor in between. */
	asm volatile("outl %0, %1; hlt; cli" : : "a" ((u32)EVENT_SYNC),
		     "Nd" ((u16)EVENT_PORT) : "memory");
	G_EXPECT(guest.irqs, ==, 1);
}

RULE_TEST(R17_one_shot, ANY_HOST)
{
	guest.msr = MSR_IA32_TSC_DEADLINE;
	run_guest(CPUID_TSC_DEADLINE, guest_one_shot);
}

RULE_TEST(R17_periodic, ANY_HOST)
{
	guest.msr = MSR_IA32_TSC_DEADLINE;
	run_guest(CPUID_TSC_DEADLINE, guest_periodic);
}

RULE_TEST(R17_host_writes_tsc_deadline, ANY_HOST)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_TSC_DEADLINE, guest_sync_then_one);

	guest.msr = MSR_IA32_TSC_DEADLINE;
	vcpu_run_to(vcpu, EVENT_SYNC);
	guest.arg[0] = vcpu_get_msr(vcpu, MSR_IA32_TSC) + 5 * guest.tsc_khz;
	vcpu_set_msr(vcpu, MSR_IA32_TSC_DEADLINE, guest.arg[0]);
	EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, guest.arg[0]);
	vcpu_run_to(vcpu, EVENT_DONE);
	EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, 0);
}

static void set_in_shadow(struct vcpu *vcpu)
{
	struct kvm_vcpu_events events;
	struct kvm_regs regs;

	VM_IOCTL(vcpu->fd, KVM_GET_REGS, &regs);
	regs.rflags |= RFLAGS_IF;
	VM_IOCTL(vcpu->fd, KVM_SET_REGS, &regs);
	VM_IOCTL(vcpu->fd, KVM_GET_VCPU_EVENTS, &events);
	events.flags |= KVM_VCPUEVENT_VALID_SHADOW;
	events.interrupt.shadow = KVM_X86_SHADOW_INT_STI;
	VM_IOCTL(vcpu->fd, KVM_SET_VCPU_EVENTS, &events);
}

/* Whoever is woken before he sleeps will sleep on: no guest could wait for a timer. */
RULE_TEST(R17_sti_holds_until_halted, ANY_HOST)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_TSC_DEADLINE,
				      guest_halts_in_shadow);

	guest.msr = MSR_IA32_TSC_DEADLINE;
	vcpu_run_to(vcpu, EVENT_SYNC);
	/* KVM_RUN, once more, ends the out. */
	vcpu_run_immediate_exit(vcpu);
	set_in_shadow(vcpu);
	vcpu_run_to(vcpu, EVENT_DONE);
}

/* A KVM without our MSR must not be taken for one, nor the reverse. */
RULE_TEST(R17_no_msr_no_number, ANY_HOST)
{
	struct vcpu *vcpu = vcpu_new(vm_new(IRQCHIP_KERNEL));
	int offered = vm_check_extension(vcpu->vm, KVM_CAP_X86_DEADLINE);

	needs_unknown_msrs();
	EXPECT(vcpu_put_msr(vcpu, MSR_KVM_DEADLINE, 0), ==,
	       !!(offered & KVM_CAP_X86_DEADLINE_MSR));
}
