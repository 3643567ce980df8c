// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eight vCPUs of one VM, each in its thread, for ThreadSanitizer: the library has
 * nothing that two of them share.  As in fake_kvm.h ioctl() is this file's; each
 * thread's KVM is its own, but for the clock.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "../../include/kvm_deadline.h"
#include "../../vmm/libkvmdeadline.h"

#define VCPUS			8
#define ROUNDS			20000
#define VM_FD			1000
#define MSR_IA32_TSC		0x10
#define MSR_IA32_TSC_DEADLINE	0x6e0

static atomic_ullong clock_ns = 1000000000;

static _Thread_local uint64_t tsc_deadline;
static _Thread_local uint64_t seed;

/* xorshift64, as everywhere in the tests */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int do_msrs(struct kvm_msrs *msrs, bool set)
{
	struct kvm_msr_entry *entry = msrs->entries;
	unsigned int i;

	for (i = 0; i < msrs->nmsrs; i++, entry++) {
		if (set && entry->index == MSR_IA32_TSC_DEADLINE)
			tsc_deadline = entry->data;
		else if (entry->index == MSR_IA32_TSC_DEADLINE)
			entry->data = tsc_deadline;
		else
			entry->data = atomic_load(&clock_ns);
	}
	return i;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	switch (request) {
	case KVM_GET_MSRS:
		return do_msrs(arg, false);
	case KVM_SET_MSRS:
		return do_msrs(arg, true);
	case KVM_GET_TSC_KHZ:
		return 1000000;
	case KVM_GET_CLOCK:
		((struct kvm_clock_data *)arg)->clock = atomic_fetch_add(&clock_ns, 100);
		return 0;
	case KVM_GET_LAPIC:
		memset(arg, 0, sizeof(struct kvm_lapic_state));
		return 0;
	case KVM_CHECK_EXTENSION:
		return (long)arg != KVM_CAP_X86_DEADLINE;
	}
	abort();
}

static int write_deadline(struct kvmdl_vcpu *vcpu, struct kvm_run *run, uint64_t value)
{
	run->exit_reason = KVM_EXIT_X86_WRMSR;
	run->msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run->msr.index = MSR_KVM_DEADLINE;
	run->msr.data = value;
	return kvmdl_handle_exit(vcpu);
}

/* Arm, or save and restore; what is read back is this vCPU's. */
static bool one_round(struct kvmdl_vcpu *vcpu, struct kvm_run *run)
{
	uint64_t deadline_ns = next_random() | 1;
	struct kvmdl_state state;

	if (deadline_ns & 2) {
		if (write_deadline(vcpu, run, deadline_ns) != 1)
			return false;
	} else if (kvmdl_set(vcpu, deadline_ns)) {
		return false;
	}
	kvmdl_changed(vcpu);
	return !kvmdl_before_run(vcpu) && !kvmdl_get(vcpu, &state, sizeof(state)) &&
	       state.deadline_ns == deadline_ns && !state.tsc_deadline;
}

/* One for all: the library only reads it. */
static struct kvm_cpuid2 *cpuid(void)
{
	static uint64_t space[1 + 3 * sizeof(struct kvm_cpuid_entry2) / 8];

	return (struct kvm_cpuid2 *)space;
}

static void fill_cpuid(void)
{
	struct kvm_cpuid_entry2 *entry = cpuid()->entries;

	cpuid()->nent = 3;
	entry[0].function = 0x40000000;
	memcpy(&entry[0].ebx, "KVMKVMKVM\0\0\0", 12);
	entry[1].function = 0x40000001;
	entry[2].function = 1;
	entry[2].ecx = 1u << 24;
	assert_int_equal(kvmdl_cpuid_offer(cpuid()), 0);
}

/* Each makes its vCPU itself, as VMMs do. */
static void *run_vcpu(void *arg)
{
	struct kvm_msr_filter filter = { 0 };
	struct kvm_run run = { 0 };
	struct kvmdl_vcpu vcpu;
	uint64_t reasons = 0;
	bool good;
	int i;

	seed = (uintptr_t)arg;
	good = kvmdl_probe(VM_FD, NULL) == KVMDL_USER &&
	       !kvmdl_filter_merge(&filter, &reasons) &&
	       !kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_USER, VM_FD, (int)seed,
				&run, NULL, NULL) &&
	       !kvmdl_set_cpuid(&vcpu, cpuid());
	for (i = 0; good && i < ROUNDS; i++)
		good = one_round(&vcpu, &run);
	return good ? arg : NULL;
}

static void eight_threads_share_nothing(void **state)
{
	pthread_t thread[VCPUS];
	uintptr_t i;
	void *done;

	(void)state;
	fill_cpuid();
	for (i = 0; i < VCPUS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_vcpu, (void *)(i + 1)), 0);
	for (i = 0; i < VCPUS; i++) {
		assert_int_equal(pthread_join(thread[i], &done), 0);
		assert_ptr_equal(done, (void *)(i + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_threads_share_nothing),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
