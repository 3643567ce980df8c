// SPDX-License-Identifier: GPL-2.0-only
/* libkvmdeadline against a fake KVM: what a VMM does once. */
#include <stdlib.h>

#include "fake_kvm.h"

static void R10_other_exits_are_the_vmms(void **state)
{
	(void)state;
	run.exit_reason = KVM_EXIT_HLT;
	assert_int_equal(kvmdl_handle_exit(&vcpu), 0);
	run.exit_reason = KVM_EXIT_X86_WRMSR;
	run.msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run.msr.index = MSR_IA32_TSC_DEADLINE;
	assert_int_equal(kvmdl_handle_exit(&vcpu), 0);
	run.msr.index = MSR_KVM_DEADLINE;
	run.msr.reason = KVM_MSR_EXIT_REASON_UNKNOWN;
	assert_int_equal(kvmdl_handle_exit(&vcpu), 0);
}

static void R11_merges_the_filter(void **state)
{
	struct kvm_msr_filter filter = { .flags = KVM_MSR_FILTER_DEFAULT_DENY };
	static const struct kvm_msr_filter_range none;
	uint64_t reasons = KVM_MSR_EXIT_REASON_INVAL;
	int i;

	(void)state;
	for (i = 0; i < 14; i++)
		filter.ranges[i + i / 13] = (struct kvm_msr_filter_range) {
			.flags = 1, .nmsrs = 1, .base = i,
		};
	assert_int_equal(kvmdl_filter_merge(&filter, &reasons), 0);
	assert_int_equal(reasons, KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_FILTER);
	assert_int_equal(filter.flags, KVM_MSR_FILTER_DEFAULT_DENY);
	assert_int_equal(filter.ranges[0].base, MSR_KVM_DEADLINE);
	assert_int_equal(filter.ranges[0].flags, KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE);
	assert_int_equal(filter.ranges[1].base, MSR_IA32_TSC_DEADLINE);
	assert_int_equal(filter.ranges[1].flags, KVM_MSR_FILTER_READ);
	for (i = 0; i < 2; i++) {
		assert_int_equal(filter.ranges[i].nmsrs, 1);
		assert_non_null(filter.ranges[i].bitmap);
		/* A clear bit denies; KVM copies whole longs. */
		assert_int_equal(*(unsigned long *)filter.ranges[i].bitmap, 0);
	}
	for (i = 0; i < 14; i++)
		assert_int_equal(filter.ranges[i + 2].base, i);
	/* One too many, wherever the one free is. */
	filter.ranges[7].nmsrs = 0;
	assert_int_equal(kvmdl_filter_merge(&filter, &reasons), -ENOSPC);
	assert_int_equal(filter.ranges[15].base, 13);
	/* Nothing stands where nothing was. */
	memset(&filter, 0, sizeof(filter));
	assert_int_equal(kvmdl_filter_merge(&filter, &reasons), 0);
	for (i = 2; i < KVM_MSR_FILTER_MAX_RANGES; i++)
		assert_memory_equal(&filter.ranges[i], &none, sizeof(none));
}

/* Restored before CPUID had the bit, so KVM did not take it for mode 10b. */
static void R12_mode_is_taken_again_with_the_cpuid(void **state)
{
	(void)state;
	host.mode_10b = false;
	assert_int_equal(kvmdl_set(&vcpu, HOUR_NS + SECOND_NS), 0);
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid_with(true)), 0);
	before_run();
	expect_state(HOUR_NS + SECOND_NS, 0);
	/* A guest in another mode stays in it, and its APIC is not touched. */
	host.lvt_10b = false;
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid_with(true)), 0);
	assert_true(host.mode_10b);
}

static void R11_needs_an_apic_in_the_kernel(void **state)
{
	(void)state;
	host.no_apic = true;
	assert_int_equal(kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_USER, VM_FD,
					 VCPU_FD, &run, NULL, NULL), -EINVAL);
}

static void probe_prefers_the_kernel(void **state)
{
	const char *reason = NULL;

	(void)state;
	assert_int_equal(kvmdl_probe(VM_FD, &reason), KVMDL_USER);
	assert_string_equal(reason, "this KVM has MSR filters and a TSC deadline timer");
	host.ours = 1;
	assert_int_equal(kvmdl_probe(VM_FD, NULL), KVMDL_KERNEL);
	assert_int_equal(kvmdl_probe(VM_FD, &reason), KVMDL_KERNEL);
	assert_string_equal(reason, "this KVM has MSR_KVM_DEADLINE");
	host.ours = 0;
	host.lacks = LACKS_ALL;
	assert_int_equal(kvmdl_probe(VM_FD, &reason), KVMDL_NONE);
	assert_int_equal(kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_NONE, VM_FD,
					 VCPU_FD, &run, NULL, NULL), -EINVAL);
}

/* From any one of these that lacks, nobody may be promised a timer. */
static void probe_asks_for_all_that_it_needs(void **state)
{
	static const struct {
		int capability;
		const char *word;
	} need[] = {
		{ KVM_CAP_IRQCHIP, "local APIC" },
		{ KVM_CAP_TSC_DEADLINE_TIMER, "TSC deadline timer" },
		{ KVM_CAP_GET_TSC_KHZ, "TSC rate" },
		{ KVM_CAP_ADJUST_CLOCK, "KVM_GET_CLOCK" },
		{ KVM_CAP_X86_USER_SPACE_MSR, "KVM_CAP_X86_USER_SPACE_MSR" },
		{ KVM_CAP_X86_MSR_FILTER, "KVM_CAP_X86_MSR_FILTER" },
	};
	const char *reason;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(need); i++) {
		host.lacks = need[i].capability;
		assert_int_equal(kvmdl_probe(VM_FD, &reason), KVMDL_NONE);
		assert_non_null(strstr(reason, need[i].word));
	}
	/* An error is not an offer. */
	host.lacks = LACKS_NOTHING;
	host.calls = 0;
	host.fail_at = 2;
	assert_int_equal(kvmdl_probe(VM_FD, NULL), KVMDL_NONE);
}

static void R07_user_needs_the_tsc_deadline_bit(void **state)
{
	struct kvm_cpuid2 *cpuid = cpuid_with(true);

	(void)state;
	cpuid->entries[0].ecx = ~(1u << 24);
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid), -EINVAL);
	guest_access(KVM_EXIT_X86_WRMSR, MSR_KVM_DEADLINE, HOUR_NS);
	assert_int_equal(run.msr.error, 1);
	cpuid->entries[0].ecx = 1u << 24;
	cpuid->entries[0].function = 2;
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid), -EINVAL);
	/* A guest that is not shown ours needs nothing, nor does one of the kernel's. */
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid_with(false)), 0);
	cpuid = cpuid_with(true);
	cpuid->entries[0].ecx = 0;
	assert_int_equal(kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_KERNEL, VM_FD,
					 VCPU_FD, &run, NULL, NULL), 0);
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid), 0);
}

static void R10_the_bit_goes_into_the_feature_leaf(void **state)
{
	struct kvm_cpuid2 *cpuid = cpuid_with(true);

	(void)state;
	assert_int_equal(cpuid->entries[0].eax, 0);
	assert_int_equal(cpuid->entries[1].eax, 0);
	assert_int_equal(cpuid->entries[2].eax, 1u << 20);
}

/* Of just so many bytes: a sanitizer sees each that is read behind them. */
static void R10_a_cpuid_without_kvm_offers_nothing(void **state)
{
	struct kvm_cpuid2 *cpuid;
	unsigned int nent;

	(void)state;
	for (nent = 0; nent < 3; nent++) {
		size_t bytes = sizeof(*cpuid) + nent * sizeof(cpuid->entries[0]);

		cpuid = malloc(bytes);
		assert_non_null(cpuid);
		memcpy(cpuid, cpuid_with(true), bytes);
		cpuid->nent = nent;
		assert_int_equal(kvmdl_cpuid_offer(cpuid), -ENOENT);
		assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid), 0);
		guest_access(KVM_EXIT_X86_RDMSR, MSR_KVM_DEADLINE, 0);
		assert_int_equal(run.msr.error, 1);
		free(cpuid);
	}
}

static void R10_the_signature_is_all_of_it(void **state)
{
	struct kvm_cpuid2 *cpuid;
	unsigned int byte;

	(void)state;
	for (byte = 0; byte < 12; byte++) {
		cpuid = cpuid_with(true);
		((uint8_t *)&cpuid->entries[1].ebx)[byte] ^= 0x20;
		assert_int_equal(kvmdl_cpuid_offer(cpuid), -ENOENT);
	}
	/* Only where hypervisors have their leaves, KVM's mostly as the first. */
	cpuid = cpuid_with(false);
	cpuid->entries[1].function = KVM_CPUID_SIGNATURE;
	cpuid->entries[2].function = KVM_CPUID_FEATURES;
	assert_int_equal(kvmdl_cpuid_offer(cpuid), 0);
	assert_int_equal(cpuid->entries[2].eax, 1u << 20);
	cpuid = cpuid_with(true);
	cpuid->entries[1].function = 0;
	cpuid->entries[2].function = KVM_CPUID_FEATURES;
	assert_int_equal(kvmdl_cpuid_offer(cpuid), -ENOENT);
	cpuid->entries[1].function = KVM_CPUID_SIGNATURE + 0x10000;
	cpuid->entries[2].function = KVM_CPUID_FEATURES + 0x10000;
	assert_int_equal(kvmdl_cpuid_offer(cpuid), -ENOENT);
}

const struct CMUnitTest setup_tests[] = {
	TEST(R07_user_needs_the_tsc_deadline_bit),
	TEST(R10_other_exits_are_the_vmms),
	TEST(R10_the_bit_goes_into_the_feature_leaf),
	TEST(R10_a_cpuid_without_kvm_offers_nothing),
	TEST(R10_the_signature_is_all_of_it),
	TEST(R11_merges_the_filter),
	TEST(R11_needs_an_apic_in_the_kernel),
	TEST(R12_mode_is_taken_again_with_the_cpuid),
	TEST(probe_prefers_the_kernel),
	TEST(probe_asks_for_all_that_it_needs),
};

const size_t setup_tests_count = ARRAY_SIZE(setup_tests);
