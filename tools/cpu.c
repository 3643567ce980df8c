// SPDX-License-Identifier: GPL-2.0-only
/* What CPUID and /dev/kvm say. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kvm_deadline.h"
#include "tool.h"

/* Where hypervisors have their leaves; several may be offered in one VM. */
#define HV_BASE_FIRST	0x40000000U
#define HV_BASE_LAST	0x4000ff00U
#define HV_BASE_STEP	0x100U

#define KVM_FEATURES_LEAF	1
#define TSC_DEADLINE_BIT	24	/* CPUID 1 ECX */
#define HYPERVISOR_BIT		31	/* CPUID 1 ECX */
#define INVARIANT_TSC_BIT	8	/* CPUID 0x80000007 EDX */

static struct cpuid_leaf cpuid(uint32_t number)
{
	struct cpuid_leaf leaf;

	cpuid_leaf(number, &leaf);
	return leaf;
}

static void leaf_signature(const struct cpuid_leaf *leaf, char *signature)
{
	memcpy(signature, &leaf->ebx, 4);
	memcpy(signature + 4, &leaf->ecx, 4);
	memcpy(signature + 8, &leaf->edx, 4);
	signature[12] = 0;
}

/* KVM may stand behind Hyper-V's leaves, so the first name is not the last. */
static void look_at_hypervisor(struct cpu_facts *cpu)
{
	char signature[13];
	struct cpuid_leaf leaf;
	uint32_t base;

	leaf = cpuid(HV_BASE_FIRST);
	leaf_signature(&leaf, cpu->signature);
	for (base = HV_BASE_FIRST; base <= HV_BASE_LAST; base += HV_BASE_STEP) {
		leaf = cpuid(base);
		leaf_signature(&leaf, signature);
		if (memcmp(signature, "KVMKVMKVM\0\0", sizeof(signature) - 1))
			continue;
		memcpy(cpu->signature, signature, sizeof(signature));
		cpu->kvm_guest = true;
		cpu->kvm_features = cpuid(base + KVM_FEATURES_LEAF).eax;
		return;
	}
}

static void look_at_cpuid(struct cpu_facts *cpu)
{
	uint32_t ecx = cpuid(1).ecx;

	cpu->tsc_deadline = ecx >> TSC_DEADLINE_BIT & 1;
	cpu->hypervisor = ecx >> HYPERVISOR_BIT & 1;
	if (cpu->hypervisor)
		look_at_hypervisor(cpu);
	if (cpuid(0x80000000).eax >= 0x80000007)
		cpu->invariant_tsc =
			cpuid(0x80000007).edx >> INVARIANT_TSC_BIT & 1;
}

/* Without a local APIC in the kernel a VM is never offered the MSR. */
static void look_at_vm(int vm, struct cpu_facts *cpu)
{
	if (!ioctl(vm, KVM_CREATE_IRQCHIP, 0))
		cpu->offers_msr = ioctl(vm, KVM_CHECK_EXTENSION,
					KVM_CAP_X86_DEADLINE) > 0;
}

static void look_at_kvm(struct cpu_facts *cpu)
{
	int kvm = file_open("/dev/kvm", O_RDWR);
	int vm;

	if (kvm < 0) {
		cpu->kvm = errno == ENOENT ? KVM_ABSENT : KVM_DENIED;
		return;
	}
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	cpu->kvm = vm < 0 ? KVM_DENIED : KVM_OPENED;
	if (vm >= 0) {
		cpu->tsc_scaling = ioctl(kvm, KVM_CHECK_EXTENSION,
					 KVM_CAP_TSC_CONTROL) > 0;
		look_at_vm(vm, cpu);
		close(vm);
	}
	close(kvm);
}

void cpu_look(struct cpu_facts *cpu)
{
	*cpu = (struct cpu_facts) { 0 };
	look_at_cpuid(cpu);
	look_at_kvm(cpu);
}
