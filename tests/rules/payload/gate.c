// SPDX-License-Identifier: GPL-2.0-only
/* R10, R11: who may use the MSR, and how userspace sees it. */
#include <stdlib.h>

#include "rules.h"

/* Not used by any VMM test here, just easy to recognise. */
#define REPLY		0x1234567890abcdefull
#define FAR_NS		(1ull << 62)

static void guest_is_shut_out(void)
{
	rdmsr(MSR_KVM_DEADLINE);
	G_EXPECT(take_faults(), ==, 1);
	wrmsr(MSR_KVM_DEADLINE, 0);
	G_EXPECT(take_faults(), ==, 1);
	wrmsr(MSR_KVM_DEADLINE, FAR_NS);
	G_EXPECT(take_faults(), ==, 1);
}

static void guest_is_let_in(void)
{
	wrmsr(MSR_KVM_DEADLINE, FAR_NS);
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, FAR_NS);
}

static void guest_asks_userspace(void)
{
	G_EXPECT(rdmsr(MSR_KVM_DEADLINE), ==, REPLY);
	wrmsr(MSR_KVM_DEADLINE, FAR_NS);
	G_EXPECT(take_faults(), ==, 1);
}

static struct vcpu *vcpu_with_two_cpuids(unsigned int first,
					 unsigned int then, void (*fn)(void))
{
	struct vcpu *vcpu = vcpu_new(vm_new(IRQCHIP_KERNEL));

	vcpu_set_cpuid(vcpu, first);
	vcpu_set_cpuid(vcpu, then);
	vcpu_start(vcpu, fn);
	return vcpu;
}

RULE_TEST(R10_faults_without_the_bit, ANY_HOST)
{
	needs_unknown_msrs();
	run_guest(CPUID_TSC_DEADLINE, guest_is_shut_out);
}

RULE_TEST(R10_taking_the_bit_back_shuts, ANY_HOST)
{
	needs_unknown_msrs();
	vcpu_run_to(vcpu_with_two_cpuids(CPUID_BOTH, CPUID_TSC_DEADLINE,
					 guest_is_shut_out), EVENT_DONE);
}

RULE_TEST(R10_vanished_leaf_shuts, ANY_HOST)
{
	needs_unknown_msrs();
	vcpu_run_to(vcpu_with_two_cpuids(CPUID_BOTH,
					 CPUID_BOTH | CPUID_NO_KVM_LEAF,
					 guest_is_shut_out), EVENT_DONE);
}

RULE_TEST(R10_opens_behind_hyperv_leaves, DEADLINE_MSR)
{
	run_guest(CPUID_BOTH | CPUID_HYPERV_FIRST, guest_is_let_in);
}

RULE_TEST(R10_not_in_supported_cpuid, ANY_HOST)
{
	u32 ours = 1u << KVM_FEATURE_DEADLINE;
	struct kvm_cpuid2 *cpuid = vm_supported_cpuid(vm_new(IRQCHIP_KERNEL));
	unsigned int i, leaves = 0;

	for (i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function != KVM_CPUID_FEATURES)
			continue;
		EXPECT(cpuid->entries[i].eax & ours, ==, 0);
		leaves++;
	}
	EXPECT(leaves, ==, 1);
}

RULE_TEST(R10_or_exits_as_unknown_msr, ANY_HOST)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR,
		.args = { KVM_MSR_EXIT_REASON_UNKNOWN },
	};
	struct vcpu *vcpu;

	needs_unknown_msrs();
	VM_IOCTL(vm->fd, KVM_ENABLE_CAP, &cap);
	vcpu = vcpu_with(vm, CPUID_TSC_DEADLINE, guest_asks_userspace);
	vcpu_run_to(vcpu, EVENT_RDMSR);
	EXPECT(vcpu->run->msr.index, ==, MSR_KVM_DEADLINE);
	EXPECT(vcpu->run->msr.reason, ==, KVM_MSR_EXIT_REASON_UNKNOWN);
	vcpu->run->msr.data = REPLY;
	vcpu_run_to(vcpu, EVENT_WRMSR);
	EXPECT(vcpu->run->msr.index, ==, MSR_KVM_DEADLINE);
	EXPECT(vcpu->run->msr.data, ==, FAR_NS);
	vcpu->run->msr.error = 1;
	vcpu_run_to(vcpu, EVENT_DONE);
}

static struct kvm_msr_list *index_list(struct vm *vm)
{
	/* As many as KVM has ever had, several times over. */
	struct kvm_msr_list *list = calloc(1, sizeof(*list) + 4096 * sizeof(u32));

	if (!list)
		die("calloc");
	list->nmsrs = 4096;
	VM_IOCTL(vm->kvm, KVM_GET_MSR_INDEX_LIST, list);
	return list;
}

/* Counted from the end of the list, where it is 1; 0: not there. */
static unsigned int place_from_end(const struct kvm_msr_list *list, u32 msr)
{
	unsigned int i;

	for (i = 0; i < list->nmsrs; i++)
		if (list->indices[i] == msr)
			return list->nmsrs - i;
	return 0;
}

RULE_TEST(R11_in_the_index_list, DEADLINE_MSR)
{
	struct kvm_msr_list *list = index_list(vm_new(IRQCHIP_KERNEL));

	EXPECT(place_from_end(list, MSR_KVM_DEADLINE), !=, 0);
	EXPECT(place_from_end(list, MSR_IA32_TSC_DEADLINE), !=, 0);
}

/* KVM_SET_MSRS of a copied list stops there where KVM does not know the MSR. */
RULE_TEST(R17_last_in_the_index_list, ANY_HOST)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct kvm_msr_list *list = index_list(vm);

	EXPECT(place_from_end(list, MSR_KVM_DEADLINE), ==,
	       !!vm_check_extension(vm, KVM_CAP_X86_DEADLINE));
	EXPECT(place_from_end(list, MSR_KVM_SYSTEM_TIME_NEW), !=, 0);
}

RULE_TEST(R11_capability_needs_an_apic, DEADLINE_MSR)
{
	struct vm *none = vm_new(IRQCHIP_NONE), *split = vm_new(IRQCHIP_SPLIT);

	EXPECT(vm_check_extension(none, KVM_CAP_X86_DEADLINE), ==, 0);
	EXPECT(vm_check_extension(split, KVM_CAP_X86_DEADLINE) &
	       KVM_CAP_X86_DEADLINE_MSR, !=, 0);
}

/* LVT as at reset: masked, mode 00. */
RULE_TEST(R11_host_reads_in_any_mode, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_new(vm_new(IRQCHIP_KERNEL));

	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, 1);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 1);
	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, ~0ull);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, ~0ull);
	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, 0);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
}

RULE_TEST(R11_host_write_needs_an_apic, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_new(vm_new(IRQCHIP_NONE));

	EXPECT(vcpu_put_msr(vcpu, MSR_KVM_DEADLINE, FAR_NS), ==, 0);
	/* What every save without a timer holds must restore everywhere. */
	EXPECT(vcpu_put_msr(vcpu, MSR_KVM_DEADLINE, 0), ==, 1);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
}

/* Its name in the headers of Linux 7 is KVM_X86_REG_MSR(MSR_KVM_DEADLINE). */
#define ONE_REG	(KVM_REG_X86 | KVM_REG_SIZE_U64 | 2ull << 32 | MSR_KVM_DEADLINE)

static u64 one_reg(struct vcpu *vcpu, unsigned long request, u64 value)
{
	struct kvm_one_reg reg = { .id = ONE_REG, .addr = (unsigned long)&value };

	VM_IOCTL(vcpu->fd, request, &reg);
	return value;
}

RULE_TEST(R11_reached_as_one_reg, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_new(vm);

	if (!vm_check_extension(vm, KVM_CAP_ONE_REG))
		skip_hardware("this KVM has no MSRs among its registers");
	one_reg(vcpu, KVM_SET_ONE_REG, FAR_NS);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, FAR_NS);
	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, ~0ull);
	EXPECT(one_reg(vcpu, KVM_GET_ONE_REG, 0), ==, ~0ull);
}

static void guest_sync(void)
{
	guest_event(EVENT_SYNC);
}

RULE_TEST(R11_at_most_one_is_not_zero, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				      guest_sync);

	vcpu_run_to(vcpu, EVENT_SYNC);
	vcpu_set_msr(vcpu, MSR_IA32_TSC_DEADLINE, FAR_NS);
	EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, FAR_NS);
	vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, FAR_NS);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, FAR_NS);
	EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, 0);
	vcpu_set_msr(vcpu, MSR_IA32_TSC_DEADLINE, FAR_NS);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
}
