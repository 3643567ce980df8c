// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a VMM does once: probe the host, merge the MSR filter, edit CPUID. */

/* QEMU's copy of the next one takes these types for granted. */
#include <stdint.h>
#include <asm/kvm_para.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../include/kvm_deadline.h"
#include "libkvmdeadline.h"
#include "vcpu.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define CPUID_1_ECX_TSC_DEADLINE	(1u << 24)

#define APIC_LVTT		0x320
#define LVTT_MODE_MASK		(3u << 17)
#define LVTT_TSC_DEADLINE	(2u << 17)

/* KVM reads a bitmap in whole longs, however short its range. */
static unsigned long deny;

static const struct {
	int capability;
	const char *lacking;
} needs[] = {
	{ KVM_CAP_IRQCHIP, "this KVM has no local APIC in the kernel" },
	{ KVM_CAP_TSC_DEADLINE_TIMER, "this KVM has no TSC deadline timer" },
	{ KVM_CAP_GET_TSC_KHZ, "this KVM does not tell the TSC rate" },
	{ KVM_CAP_ADJUST_CLOCK, "this KVM has no KVM_GET_CLOCK" },
	{ KVM_CAP_X86_USER_SPACE_MSR,
	  "this KVM has no MSR exits (KVM_CAP_X86_USER_SPACE_MSR, Linux 5.10)" },
	{ KVM_CAP_X86_MSR_FILTER,
	  "this KVM has no MSR filter (KVM_CAP_X86_MSR_FILTER, Linux 5.10)" },
};

static int extension(int vm_fd, int capability)
{
	int ret = ioctl(vm_fd, KVM_CHECK_EXTENSION, (long)capability);

	return ret < 0 ? 0 : ret;
}

static enum kvmdl_backend probe(int vm_fd, const char **reason)
{
	unsigned int i;

	if (extension(vm_fd, KVM_CAP_X86_DEADLINE) & KVM_CAP_X86_DEADLINE_MSR) {
		*reason = "this KVM has MSR_KVM_DEADLINE";
		return KVMDL_KERNEL;
	}
	for (i = 0; i < ARRAY_SIZE(needs); i++) {
		if (extension(vm_fd, needs[i].capability))
			continue;
		*reason = needs[i].lacking;
		return KVMDL_NONE;
	}
	*reason = "this KVM has MSR filters and a TSC deadline timer";
	return KVMDL_USER;
}

enum kvmdl_backend kvmdl_probe(int vm_fd, const char **reason)
{
	const char *unwanted;

	return probe(vm_fd, reason ? reason : &unwanted);
}

/* Unused ranges have no MSRs; they may stand anywhere. */
static unsigned int used_ranges(const struct kvm_msr_filter *filter)
{
	unsigned int i, used = 0;

	for (i = 0; i < KVM_MSR_FILTER_MAX_RANGES; i++)
		used += filter->ranges[i].nmsrs != 0;
	return used;
}

int kvmdl_filter_merge(struct kvm_msr_filter *filter, uint64_t *reasons)
{
	struct kvm_msr_filter merged = {
		.flags = filter->flags,
		.ranges = {
			{ .flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
			  .nmsrs = 1, .base = MSR_KVM_DEADLINE },
			{ .flags = KVM_MSR_FILTER_READ,
			  .nmsrs = 1, .base = MSR_IA32_TSC_DEADLINE },
		},
	};
	unsigned int i, to = 2;

	if (used_ranges(filter) > KVM_MSR_FILTER_MAX_RANGES - to)
		return -ENOSPC;
	for (i = 0; i < to; i++)
		merged.ranges[i].bitmap = (__u8 *)&deny;
	for (i = 0; i < KVM_MSR_FILTER_MAX_RANGES; i++)
		if (filter->ranges[i].nmsrs)
			merged.ranges[to++] = filter->ranges[i];
	*filter = merged;
	*reasons |= KVM_MSR_EXIT_REASON_FILTER;
	return 0;
}

static bool is_signature(const struct kvm_cpuid_entry2 *entry)
{
	return !memcmp(&entry->ebx, "KVMK", 4) &&
	       !memcmp(&entry->ecx, "VMKV", 4) &&
	       !memcmp(&entry->edx, "M\0\0\0", 4) &&
	       entry->function >= KVM_CPUID_SIGNATURE &&
	       entry->function < KVM_CPUID_SIGNATURE + 0x10000;
}

/* Index of a leaf; cpuid->nent when there is none. */
static unsigned int find_leaf(const struct kvm_cpuid2 *cpuid, uint32_t function)
{
	unsigned int i = 0;

	while (i < cpuid->nent && cpuid->entries[i].function != function)
		i++;
	return i;
}

static unsigned int feature_leaf(const struct kvm_cpuid2 *cpuid)
{
	unsigned int i = 0;

	while (i < cpuid->nent && !is_signature(&cpuid->entries[i]))
		i++;
	if (i == cpuid->nent)
		return i;
	return find_leaf(cpuid, cpuid->entries[i].function | KVM_CPUID_FEATURES);
}

/* R07: without it a stock KVM knows no mode 10b, and drops each arm. */
static bool shows_tsc_deadline(const struct kvm_cpuid2 *cpuid)
{
	unsigned int i = find_leaf(cpuid, 1);

	return i < cpuid->nent && cpuid->entries[i].ecx & CPUID_1_ECX_TSC_DEADLINE;
}

int kvmdl_cpuid_offer(struct kvm_cpuid2 *cpuid)
{
	unsigned int i = feature_leaf(cpuid);

	if (i == cpuid->nent)
		return -ENOENT;
	cpuid->entries[i].eax |= 1u << KVM_FEATURE_DEADLINE;
	return 0;
}

/*
 * R12: KVM takes the timer mode from the LVT when the APIC is restored, and if
 * CPUID does not allow mode 10b by then, it forgets it.  So once more.
 */
static int take_mode_again(const struct vcpu *vcpu)
{
	struct kvm_lapic_state lapic;
	uint32_t lvtt;

	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic) < 0)
		return -errno;
	memcpy(&lvtt, lapic.regs + APIC_LVTT, sizeof(lvtt));
	if ((lvtt & LVTT_MODE_MASK) != LVTT_TSC_DEADLINE)
		return 0;
	return ioctl(vcpu->fd, KVM_SET_LAPIC, &lapic) < 0 ? -errno : 0;
}

int kvmdl_set_cpuid(struct kvmdl_vcpu *handle, const struct kvm_cpuid2 *cpuid)
{
	struct vcpu *vcpu = (struct vcpu *)handle;
	unsigned int i = feature_leaf(cpuid);

	vcpu->exposed = i < cpuid->nent &&
			cpuid->entries[i].eax & 1u << KVM_FEATURE_DEADLINE;
	if (vcpu->backend != KVMDL_USER || !vcpu->exposed)
		return 0;
	vcpu->exposed = shows_tsc_deadline(cpuid);
	return vcpu->exposed ? take_mode_again(vcpu) : -EINVAL;
}
