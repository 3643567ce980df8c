// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: any exits, saved states and guest memory, against a KVM that answers
 * anything.  As in fake_kvm.h ioctl() is this file's; it also sees to it that a call
 * makes no other ioctls than the table in libkvmdeadline.h says.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../include/kvm_deadline.h"
#include "../../vmm/libkvmdeadline.h"

#define VM_FD	1000
#define VCPU_FD	1001
#define APIC_LVTT	0x320

/* What may be asked now. */
static const unsigned long *allowed;

static const unsigned long at_init[] = { KVM_GET_LAPIC, 0 };
static const unsigned long at_cpuid[] = { KVM_GET_LAPIC, KVM_SET_LAPIC, 0 };
static const unsigned long at_run[] = {
	KVM_GET_MSRS, KVM_SET_MSRS, KVM_GET_TSC_KHZ, KVM_GET_CLOCK, 0
};

static const unsigned long at_state[] = { KVM_GET_MSRS, KVM_SET_MSRS, 0 };
static const unsigned long never[] = { 0 };

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
	const unsigned long *may = allowed;

	while (*may != request)
		if (!*may++)
			abort();
	if (fd != (request == KVM_GET_CLOCK ? VM_FD : VCPU_FD))
		abort();
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
		/* All of it would be 1 kB before the first call, which nothing leads to. */
		take((char *)arg + APIC_LVTT, sizeof(uint32_t));
		return 0;
	case KVM_SET_LAPIC:
		return 0;
	}
	abort();
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now);

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	now->tv_sec = take_u64() >> 30;
	now->tv_nsec = take_u64() % 1000000000;
	return 0;
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

	allowed = at_state;
	/* R11: at most one of them. */
	if (!kvmdl_get(vcpu, &state, sizeof(state)) && state.deadline_ns && state.tsc_deadline)
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
	allowed = at_run;
	ret = kvmdl_handle_exit(vcpu);
	if (ret > 1)
		abort();
}

/* In no more bytes than it needs, so that a sanitizer sees each one behind them. */
static void take_cpuid(struct kvmdl_vcpu *vcpu)
{
	unsigned int nent = take_u8() % 4;
	size_t bytes = sizeof(struct kvm_cpuid2) + nent * sizeof(struct kvm_cpuid_entry2);
	struct kvm_cpuid2 *cpuid = malloc(bytes);

	take(cpuid, bytes);
	cpuid->nent = nent;
	/* Half of them are let in. */
	if (nent == 3 && cpuid->padding & 1) {
		cpuid->entries[0].function = 0x40000000;
		memcpy(&cpuid->entries[0].ebx, "KVMKVMKVM\0\0\0", 12);
		cpuid->entries[1].function = 0x40000001;
		cpuid->entries[2].function = 1;
		cpuid->entries[2].ecx |= 1u << 24;
	}
	allowed = never;
	kvmdl_cpuid_offer(cpuid);
	allowed = at_cpuid;
	kvmdl_set_cpuid(vcpu, cpuid);
	free(cpuid);
}

static void take_call(struct kvmdl_vcpu *vcpu, struct kvm_run *run)
{
	allowed = at_state;
	switch (take_u8() % 8) {
	case 0:
		allowed = never;
		kvmdl_changed(vcpu);
		break;
	case 1:
		kvmdl_set(vcpu, take_u64());
		break;
	case 2:
		kvmdl_reset(vcpu);
		break;
	case 3:
		check_state(vcpu);
		break;
	case 4:
		allowed = at_run;
		kvmdl_before_run(vcpu);
		allowed = never;
		kvmdl_next_check_ns(vcpu);
		break;
	default:
		take_exit(vcpu, run);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct kvm_run run;
	struct kvmdl_vcpu vcpu;

	input = data;
	left = bytes;
	allowed = at_init;
	if (kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_USER, VM_FD, VCPU_FD, &run,
			    read_memory, NULL))
		return 0;
	take_cpuid(&vcpu);
	while (left)
		take_call(&vcpu, &run);
	return 0;
}
