// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkvmdeadline against a KVM made of a few variables.  What only a real KVM can
 * show is not shown here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "made_up_kvm.h"

static struct kvm_run run;
static struct kvmdl_vcpu vcpu;

static struct kvm_cpuid2 *cpuid_with(bool bit)
{
	static uint64_t space[(sizeof(struct kvm_cpuid2) +
			       2 * sizeof(struct kvm_cpuid_entry2)) / 8 + 1];
	struct kvm_cpuid2 *cpuid = (struct kvm_cpuid2 *)space;

	memset(space, 0, sizeof(space));
	cpuid->nent = 2;
	/* Behind Hyper-V's leaves. */
	cpuid->entries[0].function = KVM_CPUID_SIGNATURE + 0x100;
	memcpy(&cpuid->entries[0].ebx, "KVMKVMKVM\0\0\0", 12);
	cpuid->entries[1].function = KVM_CPUID_FEATURES + 0x100;
	if (bit)
		assert_int_equal(kvmdl_cpuid_offer(cpuid), 0);
	return cpuid;
}

static int set_up(void **state)
{
	(void)state;
	host = (struct host) {
		.caps = 1, .tsc = 1000, .clock_ns = HOUR_NS,
		.mode_10b = true, .lvt_10b = true,
	};
	memset(&run, 0, sizeof(run));
	memset(page, 0, sizeof(page));
	run.apic_base = 1u << 11;
	if (kvmdl_vcpu_init(&vcpu, KVMDL_USER, VM_FD, VCPU_FD, &run, read_page, page))
		return -1;
	if (kvmdl_set_cpuid(&vcpu, cpuid_with(true)))
		return -1;
	host.calls = 0;
	return 0;
}

static void guest_access(uint32_t reason, uint32_t index, uint64_t value)
{
	run.exit_reason = reason;
	run.msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run.msr.index = index;
	run.msr.data = value;
	assert_int_equal(kvmdl_handle_exit(&vcpu), 1);
}

static void guest_wrmsr(uint64_t value)
{
	guest_access(KVM_EXIT_X86_WRMSR, MSR_KVM_DEADLINE, value);
	assert_int_equal(run.msr.error, 0);
}

static uint64_t guest_rdmsr(uint32_t index)
{
	guest_access(KVM_EXIT_X86_RDMSR, index, ~0ull);
	assert_int_equal(run.msr.error, 0);
	return run.msr.data;
}

static void expect_state(uint64_t deadline_ns, uint64_t tsc_deadline)
{
	struct kvmdl_state state;

	assert_int_equal(kvmdl_get(&vcpu, &state), 0);
	assert_int_equal(state.deadline_ns, deadline_ns);
	assert_int_equal(state.tsc_deadline, tsc_deadline);
}

static void before_run(void)
{
	assert_int_equal(kvmdl_before_run(&vcpu), 0);
}

/* 2 GHz: two ticks to the nanosecond. */
static void R01_arms_at_the_tsc_that_reaches_it(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + 10 * SECOND_NS);
	assert_int_equal(host.tsc_deadline, 1000 + 20 * SECOND_NS);
	guest_wrmsr(1);
	assert_in_range(host.tsc_deadline, 1, 1000);
}

static void R02_takes_the_page_once_the_vcpu_has_run(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 500 + 2 * 7);
	/* A page of before the change says nothing. */
	kvmdl_changed(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 7);
	guest_wrmsr(HOUR_NS + 8);
	assert_int_equal(host.tsc_deadline, 500 + 2 * 8);
}

static void R02_asks_for_the_clock_once_a_second(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	host.calls = 0;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(host.calls, 1);
	assert_int_equal(host.tsc_deadline, 500 + 2 * SECOND_NS);
	publish(1, HOUR_NS - 50);
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(host.tsc_deadline, 500 + 2 * (SECOND_NS + 50));
	/* The guest moved its page. */
	publish(2, HOUR_NS);
	guest_wrmsr(HOUR_NS + SECOND_NS + 200);
	assert_int_equal(host.tsc_deadline, 500 + 2 * (SECOND_NS + 200));
	/* The VMM did. */
	publish(1, HOUR_NS + 100);
	kvmdl_changed(&vcpu);
	guest_wrmsr(HOUR_NS + 300);
	assert_int_equal(host.tsc_deadline, 500 + 2 * 200);
}

/* The page's memory outlives a reset, the guest's use of it does not. */
static void R02_a_reset_forgets_the_page(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	host.clock_msr = 0;
	guest_wrmsr(HOUR_NS + 8);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 8);
}

static void R02_a_page_that_is_off_is_not_known(void **state)
{
	(void)state;
	publish(1, HOUR_NS);
	guest_wrmsr(HOUR_NS + 7);
	host.clock_msr = 0x1000;
	guest_wrmsr(HOUR_NS + 2 * SECOND_NS);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 2 * SECOND_NS);
	guest_wrmsr(HOUR_NS + 7);
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 7);
}

/* Whichever of the ioctls another process ran before. */
static void R02_no_pause_while_the_clock_is_read_matters(void **state)
{
	uint64_t deadline_ns = HOUR_NS + 10 * SECOND_NS;
	int call;

	(void)state;
	for (call = 1; host.calls >= host.pause; call++) {
		set_up(NULL);
		assert_int_equal(kvmdl_set(&vcpu, deadline_ns), 0);
		host.pause = host.calls + call;
		before_run();
		assert_int_equal(host.tsc_deadline, 1000 + 20 * SECOND_NS);
	}
	assert_in_range(call, 3, 20);
}

static void R03_reads_back_until_kvm_has_fired(void **state)
{
	uint64_t deadline_ns = HOUR_NS + 123456789;

	(void)state;
	guest_wrmsr(deadline_ns);
	assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), deadline_ns);
	host.tsc_deadline = 0;
	assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), 0);
	expect_state(0, 0);
}

static void R04_zero_disarms(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	guest_wrmsr(0);
	assert_int_equal(host.tsc_deadline, 0);
	expect_state(0, 0);
}

static void R05_a_guest_that_took_the_tsc_msr_keeps_it(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	host.tsc_deadline = 77;
	guest_wrmsr(0);
	assert_int_equal(host.tsc_deadline, 77);
	expect_state(0, 77);
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_not_equal(host.tsc_deadline, 77);
}

static void R06_the_tsc_msr_reads_zero_while_ours_is_armed(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(guest_rdmsr(MSR_IA32_TSC_DEADLINE), 0);
	host.tsc_deadline = 77;
	assert_int_equal(guest_rdmsr(MSR_IA32_TSC_DEADLINE), 77);
}

static void R07_ignored_in_another_mode(void **state)
{
	(void)state;
	host.mode_10b = false;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), 0);
	guest_wrmsr(~0ull);
	assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), 0);
}

static void R08_reset_clears(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	assert_int_equal(host.tsc_deadline, 0);
	guest_wrmsr(~0ull);
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	expect_state(0, 0);
	assert_true(kvmdl_next_check_ns(&vcpu) == KVMDL_NO_CHECK);
}

static void R10_faults_without_the_bit(void **state)
{
	(void)state;
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid_with(false)), 0);
	guest_access(KVM_EXIT_X86_WRMSR, MSR_KVM_DEADLINE, 1);
	assert_int_equal(run.msr.error, 1);
	guest_access(KVM_EXIT_X86_RDMSR, MSR_KVM_DEADLINE, 0);
	assert_int_equal(run.msr.error, 1);
	assert_int_equal(host.tsc_deadline, 0);
}

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

static void R11_needs_an_apic_in_the_kernel(void **state)
{
	(void)state;
	host.no_apic = true;
	assert_int_equal(kvmdl_vcpu_init(&vcpu, KVMDL_USER, VM_FD, VCPU_FD, &run,
					 NULL, NULL), -EINVAL);
}

static void R11_merges_the_filter(void **state)
{
	struct kvm_msr_filter filter = { .flags = KVM_MSR_FILTER_DEFAULT_DENY };
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
	for (i = 0; i < 14; i++)
		assert_int_equal(filter.ranges[i + 2].base, i);
	assert_int_equal(kvmdl_filter_merge(&filter, &reasons), -ENOSPC);
	assert_int_equal(filter.ranges[15].base, 13);
}

static void R12_stored_until_it_runs(void **state)
{
	(void)state;
	assert_int_equal(kvmdl_set(&vcpu, HOUR_NS + SECOND_NS), 0);
	assert_int_equal(host.tsc_deadline, 0);
	expect_state(HOUR_NS + SECOND_NS, 0);
	/* The clock is restored after it. */
	host.clock_ns = HOUR_NS - SECOND_NS;
	kvmdl_changed(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + 2 * 2 * SECOND_NS);
	expect_state(HOUR_NS + SECOND_NS, 0);
}

static void R12_tsc_deadline_clears_it(void **state)
{
	(void)state;
	assert_int_equal(kvmdl_set(&vcpu, HOUR_NS + SECOND_NS), 0);
	host.tsc_deadline = 55;
	before_run();
	assert_int_equal(host.tsc_deadline, 55);
	expect_state(0, 55);
}

static void R12_cleared_at_run_in_another_mode(void **state)
{
	(void)state;
	host.mode_10b = false;
	assert_int_equal(kvmdl_set(&vcpu, HOUR_NS + SECOND_NS), 0);
	expect_state(HOUR_NS + SECOND_NS, 0);
	before_run();
	expect_state(0, 0);
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
	/* A guest in another mode stays in it. */
	host.lvt_10b = false;
	assert_int_equal(kvmdl_set_cpuid(&vcpu, cpuid_with(true)), 0);
	assert_true(host.mode_10b);
}

static void R14_judged_anew_when_the_clock_moves(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + 10 * SECOND_NS);
	host.clock_ns += 4 * SECOND_NS;
	kvmdl_changed(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 1000 + 12 * SECOND_NS);
	/* Fired on the way: not again. */
	host.tsc_deadline = 0;
	kvmdl_changed(&vcpu);
	before_run();
	assert_int_equal(host.tsc_deadline, 0);
}

/* 3600 s at 5 GHz: what KVM multiplies by 10^6 must fit 64 bits. */
#define NEAR_TICKS	(3600 * 5 * SECOND_NS)

static void R15_far_ones_are_given_in_parts(void **state)
{
	static const uint64_t far[] = { 6 * HOUR_NS, 1ull << 63, ~0ull };
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		guest_wrmsr(far[i]);
		assert_int_equal(host.tsc_deadline, 1000 + NEAR_TICKS);
		assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), far[i]);
		assert_int_equal(guest_rdmsr(MSR_IA32_TSC_DEADLINE), 0);
		/* A host of up to 10 GHz is not there by then. */
		assert_in_range(kvmdl_next_check_ns(&vcpu), 1, HOUR_NS / 2);
		/* Near enough at last. */
		host.clock_ns = far[i] - SECOND_NS;
		kvmdl_changed(&vcpu);
		before_run();
		assert_true(kvmdl_next_check_ns(&vcpu) == KVMDL_NO_CHECK);
		assert_int_equal(host.tsc_deadline, 1000 + 2 * SECOND_NS);
		host.clock_ns = HOUR_NS;
	}
}

static void R15_far_ones_can_be_lost_like_near_ones(void **state)
{
	(void)state;
	/* R05: the guest took the TSC MSR, and that has fired. */
	guest_wrmsr(~0ull);
	host.tsc_deadline = 0;
	expect_state(0, 0);
	/* R08: KVM forgets it when the guest leaves the mode. */
	guest_wrmsr(~0ull);
	host.tsc_deadline = 0;
	assert_int_equal(guest_rdmsr(MSR_KVM_DEADLINE), 0);
	assert_true(kvmdl_next_check_ns(&vcpu) == KVMDL_NO_CHECK);
}

static void R17_an_idle_vcpu_costs_no_system_call(void **state)
{
	(void)state;
	before_run();
	kvmdl_changed(&vcpu);
	before_run();
	run.exit_reason = KVM_EXIT_IO;
	kvmdl_handle_exit(&vcpu);
	assert_int_equal(host.calls, 0);
	guest_wrmsr(HOUR_NS + SECOND_NS);
	host.calls = 0;
	before_run();
	assert_int_equal(host.calls, 0);
}

static void probe_prefers_the_kernel(void **state)
{
	const char *reason = NULL;

	(void)state;
	assert_int_equal(kvmdl_probe(VM_FD, &reason), KVMDL_USER);
	assert_non_null(reason);
	host.ours = KVM_CAP_X86_DEADLINE_MSR;
	assert_int_equal(kvmdl_probe(VM_FD, NULL), KVMDL_KERNEL);
	host.ours = 0;
	host.caps = 0;
	assert_int_equal(kvmdl_probe(VM_FD, &reason), KVMDL_NONE);
	assert_int_equal(kvmdl_vcpu_init(&vcpu, KVMDL_NONE, VM_FD, VCPU_FD, &run,
					 NULL, NULL), -EINVAL);
}

static void kernel_backend_carries_the_msr(void **state)
{
	(void)state;
	host.ours = KVM_CAP_X86_DEADLINE_MSR;
	assert_int_equal(kvmdl_vcpu_init(&vcpu, KVMDL_KERNEL, VM_FD, VCPU_FD, &run,
					 NULL, NULL), 0);
	assert_int_equal(kvmdl_set(&vcpu, 42), 0);
	assert_int_equal(host.kernel_deadline, 42);
	expect_state(42, 0);
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	expect_state(0, 0);
}

static void errors_come_back_as_errno(void **state)
{
	struct kvmdl_state saved;

	(void)state;
	host.fail = true;
	assert_int_equal(kvmdl_set(&vcpu, 1), -EIO);
	assert_int_equal(kvmdl_get(&vcpu, &saved), -EIO);
	run.exit_reason = KVM_EXIT_X86_WRMSR;
	run.msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run.msr.index = MSR_KVM_DEADLINE;
	assert_int_equal(kvmdl_handle_exit(&vcpu), -EIO);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R01_arms_at_the_tsc_that_reaches_it),
		TEST(R02_takes_the_page_once_the_vcpu_has_run),
		TEST(R02_asks_for_the_clock_once_a_second),
		TEST(R02_a_reset_forgets_the_page),
		TEST(R02_a_page_that_is_off_is_not_known),
		TEST(R02_no_pause_while_the_clock_is_read_matters),
		TEST(R03_reads_back_until_kvm_has_fired),
		TEST(R04_zero_disarms),
		TEST(R05_a_guest_that_took_the_tsc_msr_keeps_it),
		TEST(R06_the_tsc_msr_reads_zero_while_ours_is_armed),
		TEST(R07_ignored_in_another_mode),
		TEST(R08_reset_clears),
		TEST(R10_faults_without_the_bit),
		TEST(R10_other_exits_are_the_vmms),
		TEST(R11_merges_the_filter),
		TEST(R11_needs_an_apic_in_the_kernel),
		TEST(R12_stored_until_it_runs),
		TEST(R12_tsc_deadline_clears_it),
		TEST(R12_cleared_at_run_in_another_mode),
		TEST(R12_mode_is_taken_again_with_the_cpuid),
		TEST(R14_judged_anew_when_the_clock_moves),
		TEST(R15_far_ones_are_given_in_parts),
		TEST(R15_far_ones_can_be_lost_like_near_ones),
		TEST(R17_an_idle_vcpu_costs_no_system_call),
		TEST(probe_prefers_the_kernel),
		TEST(kernel_backend_carries_the_msr),
		TEST(errors_come_back_as_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
