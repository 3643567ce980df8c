/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake KVM of a few variables, with one vCPU and its guest: the linker puts its
 * ioctl() and clock_gettime() in the place of libc's.
 */
#ifndef FAKE_KVM_H
#define FAKE_KVM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <asm/kvm_para.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "../../include/kvm_deadline.h"
#include "../../vmm/libkvmdeadline.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define MSR_IA32_TSC		0x10
#define MSR_IA32_TSC_DEADLINE	0x6e0
#define SECOND_NS		1000000000ull
#define HOUR_NS			(3600 * SECOND_NS)
#define VM_FD			1000
#define VCPU_FD			1001
/* 3600 s at 5 GHz: what KVM multiplies by 10^6 must fit 64 bits. */
#define NEAR_TICKS		(3600 * 5 * SECOND_NS)

typedef unsigned __int128 u128;

/**
 * struct host - the KVM, on which no time passes by itself
 * @lacks: the KVM_CHECK_EXTENSION that it does not have, or one of the two below
 * @ours: KVM_CAP_X86_DEADLINE
 * @khz: guest TSC rate
 * @tsc: guest TSC
 * @clock_ns: kvmclock now
 * @monotonic_ns: CLOCK_MONOTONIC
 * @suspended_ns: what CLOCK_BOOTTIME is ahead of it
 * @tsc_deadline: the timer; accepted in mode 10b only
 * @kernel_deadline: MSR_KVM_DEADLINE where KVM has it
 * @clock_msr: MSR_KVM_SYSTEM_TIME_NEW
 * @mode_10b: LVT timer mode; what KVM goes by, not what is in the register
 * @lvt_10b: what is in the register
 * @no_apic: none in the kernel
 * @calls: ioctls made
 * @clocks: clock_gettime() calls made
 * @pause: bit n: a second passes before ioctl number n
 * @fail_at: the ioctl that fails, 0 for none
 * @short_at: the KVM_GET_MSRS or KVM_SET_MSRS that does one less than asked
 */
struct host {
	int lacks;
	int ours;
	int khz;
	uint64_t tsc;
	uint64_t clock_ns;
	uint64_t monotonic_ns;
	uint64_t suspended_ns;
	uint64_t tsc_deadline;
	uint64_t kernel_deadline;
	uint64_t clock_msr;
	bool mode_10b;
	bool lvt_10b;
	bool no_apic;
	int calls;
	int clocks;
	uint64_t pause;
	int fail_at;
	int short_at;
};

/* As in Documentation/virt/kvm/x86/msr.rst; nothing of core/ is used to judge it. */
struct clock_page {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t pad[2];
};

enum { LACKS_NOTHING = -1, LACKS_ALL = -2 };

extern struct host host;
extern struct clock_page page[3];
extern bool page_is_there;
extern struct kvm_run run;
extern struct kvmdl_vcpu vcpu;

/* A host of 2 GHz and a vCPU that the library serves: every test begins so. */
int set_up(void **state);

uint64_t kvmclock(const struct clock_page *page, uint64_t tsc);
void publish(unsigned int number, uint64_t system_time);
bool read_page(void *opaque, uint64_t address, void *to, size_t bytes);
struct kvm_cpuid2 *cpuid_with(bool bit);

void guest_access(uint32_t reason, uint32_t index, uint64_t value);
void guest_wrmsr(uint64_t value);
uint64_t guest_rdmsr(uint32_t index);
void expect_state(uint64_t deadline_ns, uint64_t tsc_deadline);
void before_run(void);
uint64_t next_random(void);

#define TEST(name) cmocka_unit_test_setup(name, set_up)

extern const struct CMUnitTest clock_tests[], setup_tests[];
extern const size_t clock_tests_count, setup_tests_count;

#endif /* FAKE_KVM_H */
