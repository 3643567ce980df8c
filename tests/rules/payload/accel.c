// SPDX-License-Identifier: GPL-2.0-only
/*
 * R16: what serves the TSC deadline on this host serves MSR_KVM_DEADLINE, too.
 *
 * Each test runs the same guest with either MSR and compares what KVM did.  Where
 * the host has the VMX preemption timer it is also said what must have served it.
 */
#include <stdio.h>
#include <sys/ioctl.h>

#include "count.h"
#include "rules.h"

#define HV_TIMER	"/sys/module/kvm_intel/parameters/preemption_timer"
/* The host has work of its own, which may outlast a timer or halt a busy vCPU. */
#define FEW		(ARMS / 10)

static void expect_about(u64 seen, u64 wanted)
{
	EXPECT(seen + FEW, >=, wanted);
	EXPECT(seen, <=, wanted + FEW);
}

static struct counts count(u32 msr, u64 us, bool halted)
{
	struct counts counts = count_arms(msr, us, halted);
	int i;

	for (i = 0; i < COUNTED; i++)
		printf("# %s: %d arms, %llu of %s\n", msr == MSR_KVM_DEADLINE ?
		       "MSR_KVM_DEADLINE" : "TSC deadline", ARMS,
		       (unsigned long long)counts.of[i], counted_name[i]);
	return counts;
}

/* Both MSRs; returns what our own was served by. */
static struct counts compare(u64 us, bool halted)
{
	struct counts tsc, ours;
	int i;

	for (i = 0; i < COUNTED; i++)
		if (!can_count(i))
			skip("only root can count it, and in a kernel with perf and kprobes");
	tsc = count(MSR_IA32_TSC_DEADLINE, us, halted);
	ours = count(MSR_KVM_DEADLINE, us, halted);
	for (i = 0; i < COUNTED; i++)
		expect_about(ours.of[i], tsc.of[i]);
	return ours;
}

RULE_TEST(R16_busy_guest_as_the_tsc_deadline, DEADLINE_MSR)
{
	struct counts ours = compare(NEAR_US, false);

	/* All have come, so what this one did not serve the host's timer did. */
	expect_about(ours.of[PREEMPTION_TIMER], is_yes(HV_TIMER) ? ARMS : 0);
}

RULE_TEST(R16_halted_guest_as_the_tsc_deadline, DEADLINE_MSR)
{
	struct counts ours = compare(NEAR_US, true);

	expect_about(ours.of[PREEMPTION_TIMER], 0);
}

RULE_TEST(R16_fastpath_as_the_tsc_deadline, DEADLINE_MSR)
{
	struct counts ours = compare(FAR_US, false);

	/* KVM's fastpath wants the preemption timer. */
	expect_about(ours.of[FULL_WRMSR], is_yes(HV_TIMER) ? 0 : ARMS);
}

static void guest_scaled(void)
{
	int round;

	for (round = 1; round <= ARMS; round++) {
		arm(next_random() % 500);
		if (round % 2)
			wait_halted(round);
		else
			wait_busy(round);
		G_EXPECT(guest.irq_now, >=, guest.deadline);
	}
	expect_quiet(1000);
}

static void scaled(unsigned int num, unsigned int den)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_new(vm);
	u64 khz;

	if (!vm_check_extension(vm, KVM_CAP_TSC_CONTROL))
		skip_hardware("this host cannot scale the TSC");
	vcpu_set_cpuid(vcpu, CPUID_BOTH);
	khz = VM_IOCTL(vcpu->fd, KVM_GET_TSC_KHZ, NULL);
	VM_IOCTL(vcpu->fd, KVM_SET_TSC_KHZ, (void *)(khz * num / den));
	vcpu_start(vcpu, guest_scaled);
	EXPECT(guest.tsc_khz, ==, khz * num / den);
	vcpu_run_to(vcpu, EVENT_DONE);
}

RULE_TEST(R16_tsc_scaled_by_half_never_early, DEADLINE_MSR)
{
	scaled(1, 2);
}

RULE_TEST(R16_tsc_scaled_by_two_never_early, DEADLINE_MSR)
{
	scaled(2, 1);
}

static void guest_writes_far(void)
{
	wrmsr(MSR_KVM_DEADLINE, guest.arg[0]);
}

/* Short of the full exit a VMM that filters the MSR would not see the write. */
RULE_TEST(R16_fastpath_heeds_the_filter, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_writes_far);
	u8 denied = 0;
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR,
		.args = { KVM_MSR_EXIT_REASON_FILTER },
	};
	struct kvm_msr_filter filter = {
		.flags = KVM_MSR_FILTER_DEFAULT_ALLOW,
		.ranges[0] = {
			.flags = KVM_MSR_FILTER_WRITE,
			.base = MSR_KVM_DEADLINE,
			.nmsrs = 1,
			.bitmap = &denied,
		},
	};

	VM_IOCTL(vm->fd, KVM_ENABLE_CAP, &cap);
	VM_IOCTL(vm->fd, KVM_X86_SET_MSR_FILTER, &filter);
	guest.arg[0] = HOUR_NS;
	vcpu_run_to(vcpu, EVENT_WRMSR);
	EXPECT(vcpu->run->msr.index, ==, MSR_KVM_DEADLINE);
	EXPECT(vcpu->run->msr.data, ==, HOUR_NS);
	vcpu_run_to(vcpu, EVENT_DONE);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
}
