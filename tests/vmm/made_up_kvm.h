/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A KVM made of a few variables: the linker puts this ioctl() in the place of libc's.
 */
#ifndef MADE_UP_KVM_H
#define MADE_UP_KVM_H

#include <asm/kvm_para.h>
#include <errno.h>
#include <string.h>

#include "../../core/clock.h"
#include "../../include/kvm_deadline.h"
#include "../../vmm/libkvmdeadline.h"

#define MSR_IA32_TSC		0x10
#define MSR_IA32_TSC_DEADLINE	0x6e0
#define SECOND_NS		1000000000ull
#define HOUR_NS			(3600 * SECOND_NS)
#define VM_FD			1000
#define VCPU_FD			1001

/**
 * struct host - the KVM of a 2 GHz host, one vCPU, no time passes by itself
 * @caps: KVM_CHECK_EXTENSION, ours apart
 * @ours: KVM_CAP_X86_DEADLINE
 * @tsc: guest TSC
 * @clock_ns: kvmclock now
 * @tsc_deadline: the timer; accepted in mode 10b only
 * @kernel_deadline: MSR_KVM_DEADLINE where KVM has it
 * @clock_msr: MSR_KVM_SYSTEM_TIME_NEW
 * @mode_10b: LVT timer mode; what KVM goes by, not what is in the register
 * @lvt_10b: what is in the register
 * @no_apic: none in the kernel
 * @calls: ioctls made
 * @pause: at which of them a second passes, 0 for none
 * @fail: all of them fail
 */
static struct host {
	int caps;
	int ours;
	uint64_t tsc;
	uint64_t clock_ns;
	uint64_t tsc_deadline;
	uint64_t kernel_deadline;
	uint64_t clock_msr;
	bool mode_10b;
	bool lvt_10b;
	bool no_apic;
	int calls;
	int pause;
	bool fail;
} host;

static struct kvm_deadline_page page[3];

static uint64_t *msr_place(uint32_t index)
{
	switch (index) {
	case MSR_IA32_TSC:
		return &host.tsc;
	case MSR_IA32_TSC_DEADLINE:
		return &host.tsc_deadline;
	case MSR_KVM_SYSTEM_TIME_NEW:
		return &host.clock_msr;
	case MSR_KVM_DEADLINE:
		return host.ours ? &host.kernel_deadline : NULL;
	}
	return NULL;
}

static int do_msrs(struct kvm_msrs *msrs, bool set)
{
	unsigned int i;

	for (i = 0; i < msrs->nmsrs; i++) {
		uint64_t *place = msr_place(msrs->entries[i].index);

		if (!place)
			break;
		if (!set)
			msrs->entries[i].data = *place;
		else if (place != &host.tsc_deadline || host.mode_10b)
			*place = msrs->entries[i].data;
	}
	return i;
}

static int get_lapic(struct kvm_lapic_state *lapic)
{
	uint32_t lvtt = (host.lvt_10b ? 2u << 17 : 0) | 0x41;

	if (host.no_apic) {
		errno = EINVAL;
		return -1;
	}
	memset(lapic, 0, sizeof(*lapic));
	memcpy(lapic->regs + 0x320, &lvtt, sizeof(lvtt));
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	if (++host.calls == host.pause) {
		host.clock_ns += SECOND_NS;
		host.tsc += 2 * SECOND_NS;
	}
	assert_true(fd == VM_FD || fd == VCPU_FD);
	if (host.fail) {
		errno = EIO;
		return -1;
	}
	switch (request) {
	case KVM_CHECK_EXTENSION:
		return (long)arg == KVM_CAP_X86_DEADLINE ? host.ours : host.caps;
	case KVM_GET_MSRS:
		return do_msrs(arg, false);
	case KVM_SET_MSRS:
		return do_msrs(arg, true);
	case KVM_GET_TSC_KHZ:
		return 2000000;
	case KVM_GET_CLOCK:
		((struct kvm_clock_data *)arg)->clock = host.clock_ns;
		return 0;
	case KVM_GET_LAPIC:
		return get_lapic(arg);
	case KVM_SET_LAPIC:
		host.mode_10b = host.lvt_10b;
		return 0;
	}
	fail_msg("unexpected ioctl %#lx", request);
	return -1;
}

static bool read_page(void *opaque, uint64_t address, void *to, size_t bytes)
{
	if (opaque != page || (address != 0x1000 && address != 0x2000))
		return false;
	memcpy(to, &page[address / 0x1000], bytes);
	return true;
}

/* A page as KVM fills it: the TSC is then 1000 and the clock 250 ns further. */
static void publish(unsigned int number, uint64_t system_time)
{
	host.clock_msr = number * 0x1000 | 1;
	page[number].version += 2;
	page[number].tsc_timestamp = 500;
	page[number].system_time = system_time;
	page[number].tsc_to_system_mul = 1u << 31;
}

#endif /* MADE_UP_KVM_H */
