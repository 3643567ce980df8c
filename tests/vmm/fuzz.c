// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: any exits, saved states and guest memory, against a KVM that answers
 * anything.  As in made_up_kvm.h ioctl() is this file's.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/kvm_deadline.h"
#include "../../vmm/libkvmdeadline.h"

static const uint8_t *input;
static size_t left;

/* Past its end the input is zeroes. */
static void take(void *to, size_t bytes)
{
	size_t some = bytes < left ? bytes : left;

	memset(to, 0, bytes);
	if (some)
		memcpy(to, input, some);
	input += some;
	left -= some;
}

static uint64_t take_u64(void)
{
	uint64_t value;

	take(&value, sizeof(value));
	return value;
}

static uint8_t take_u8(void)
{
	uint8_t value;

	take(&value, sizeof(value));
	return value;
}

static int do_msrs(struct kvm_msrs *msrs, bool set)
{
	unsigned int i;

	for (i = 0; i < msrs->nmsrs && !set; i++)
		msrs->entries[i].data = take_u64();
	return take_u8() < 4 ? 0 : (int)msrs->nmsrs;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	if (take_u8() < 4) {
		errno = EFAULT;
		return -1;
	}
	switch (request) {
	case KVM_GET_MSRS:
		return do_msrs(arg, false);
	case KVM_SET_MSRS:
		return do_msrs(arg, true);
	case KVM_GET_TSC_KHZ:
		return take_u64() & 0x7fffffff;
	case KVM_GET_CLOCK:
		take(arg, sizeof(struct kvm_clock_data));
		return 0;
	case KVM_GET_LAPIC:
		take(arg, sizeof(struct kvm_lapic_state));
		return 0;
	case KVM_SET_LAPIC:
		return 0;
	}
	abort();
}

static bool read_memory(void *opaque, uint64_t address, void *to, size_t bytes)
{
	(void)opaque;
	(void)address;
	take(to, bytes);
	return take_u8() & 1;
}

static void check_state(struct kvmdl_vcpu *vcpu)
{
	struct kvmdl_state state;

	/* R11: at most one of them. */
	if (!kvmdl_get(vcpu, &state) && state.deadline_ns && state.tsc_deadline)
		abort();
}

static void take_exit(struct kvmdl_vcpu *vcpu, struct kvm_run *run)
{
	static const uint32_t msr[] = { MSR_KVM_DEADLINE, 0x6e0, 0x10, 0 };
	uint8_t random = take_u8();
	int ret;

	run->exit_reason = random & 1 ? KVM_EXIT_X86_RDMSR : KVM_EXIT_X86_WRMSR;
	run->msr.reason = random & 0x30 ? KVM_MSR_EXIT_REASON_FILTER :
					  KVM_MSR_EXIT_REASON_UNKNOWN;
	run->msr.index = msr[random >> 1 & 3];
	run->msr.data = take_u64();
	run->apic_base = take_u64();
	ret = kvmdl_handle_exit(vcpu);
	if (ret > 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct kvm_run run;
	struct kvmdl_vcpu vcpu;
	/* struct kvm_cpuid2 ends in an array without a length. */
	static uint64_t space[32];
	struct kvm_cpuid2 *cpuid = (struct kvm_cpuid2 *)space;

	input = data;
	left = bytes;
	if (kvmdl_vcpu_init(&vcpu, KVMDL_USER, 0, 1, &run, read_memory, NULL))
		return 0;
	take(space, sizeof(*cpuid) + 3 * sizeof(cpuid->entries[0]));
	cpuid->nent %= 4;
	/* Half of them are let in. */
	if (cpuid->padding & 1) {
		cpuid->nent = 2;
		cpuid->entries[0].function = 0x40000000;
		memcpy(&cpuid->entries[0].ebx, "KVMKVMKVM\0\0\0", 12);
		cpuid->entries[1].function = 0x40000001;
		cpuid->entries[1].eax |= 1u << KVM_FEATURE_DEADLINE;
	}
	kvmdl_set_cpuid(&vcpu, cpuid);
	while (left) {
		switch (take_u8() % 8) {
		case 0:
			kvmdl_changed(&vcpu);
			break;
		case 1:
			kvmdl_set(&vcpu, take_u64());
			break;
		case 2:
			kvmdl_reset(&vcpu);
			break;
		case 3:
			check_state(&vcpu);
			break;
		case 4:
			kvmdl_before_run(&vcpu);
			break;
		default:
			take_exit(&vcpu, &run);
		}
	}
	return 0;
}
