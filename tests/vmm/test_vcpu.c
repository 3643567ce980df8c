// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkvmdeadline against a fake KVM: what becomes of the deadline.  What only a
 * real KVM can show is not shown here.
 */
#include "fake_kvm.h"

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
	assert_int_equal(kvmdl_next_check_ns(&vcpu), 0);
}

/* The guest uses the other timer: that one is the VMM's to reset and restore. */
static void R08_reset_leaves_what_is_not_ours(void **state)
{
	(void)state;
	host.tsc_deadline = 77;
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	expect_state(0, 77);
}

static void R12_a_zero_leaves_what_is_not_ours(void **state)
{
	(void)state;
	host.tsc_deadline = 77;
	assert_int_equal(kvmdl_set(&vcpu, 0), 0);
	expect_state(0, 77);
}

static void R12_a_zero_clears_ours(void **state)
{
	(void)state;
	guest_wrmsr(HOUR_NS + SECOND_NS);
	assert_int_equal(kvmdl_set(&vcpu, 0), 0);
	assert_int_equal(host.tsc_deadline, 0);
	expect_state(0, 0);
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

static void R17_an_idle_vcpu_costs_no_system_call(void **state)
{
	(void)state;
	before_run();
	kvmdl_changed(&vcpu);
	before_run();
	run.exit_reason = KVM_EXIT_IO;
	kvmdl_handle_exit(&vcpu);
	assert_int_equal(host.calls, 0);
	assert_int_equal(host.clocks, 0);
	guest_wrmsr(HOUR_NS + SECOND_NS);
	host.calls = 0;
	host.clocks = 0;
	before_run();
	assert_int_equal(host.calls, 0);
	assert_int_equal(host.clocks, 0);
}

static void kernel_backend_carries_the_msr(void **state)
{
	(void)state;
	host.ours = 1;
	assert_int_equal(kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_KERNEL, VM_FD,
					 VCPU_FD, &run, NULL, NULL), 0);
	assert_int_equal(kvmdl_set(&vcpu, 42), 0);
	assert_int_equal(host.kernel_deadline, 42);
	host.tsc_deadline = 0;
	expect_state(42, 0);
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	expect_state(0, 0);
	host.tsc_deadline = 77;
	expect_state(0, 77);
	/* Not even an access that a filter of the VMM's own sends is the library's. */
	run.exit_reason = KVM_EXIT_X86_RDMSR;
	run.msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run.msr.index = MSR_KVM_DEADLINE;
	assert_int_equal(kvmdl_handle_exit(&vcpu), 0);
}

static int try_set(void)
{
	return kvmdl_set(&vcpu, HOUR_NS);
}

static int try_get(void)
{
	struct kvmdl_state saved;

	return kvmdl_get(&vcpu, &saved, sizeof(saved));
}

static int try_reset(void)
{
	return kvmdl_reset(&vcpu);
}

static int try_before_run(void)
{
	kvmdl_changed(&vcpu);
	return kvmdl_before_run(&vcpu);
}

static int try_guest(uint32_t reason, uint64_t value)
{
	int ret;

	run.exit_reason = reason;
	run.msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run.msr.index = MSR_KVM_DEADLINE;
	run.msr.data = value;
	ret = kvmdl_handle_exit(&vcpu);
	return ret < 0 ? ret : ret - 1;
}

static int try_arm(void)
{
	return try_guest(KVM_EXIT_X86_WRMSR, HOUR_NS + SECOND_NS);
}

static int try_disarm(void)
{
	return try_guest(KVM_EXIT_X86_WRMSR, 0);
}

static int try_read(void)
{
	return try_guest(KVM_EXIT_X86_RDMSR, 0);
}

static int try_set_cpuid(void)
{
	return kvmdl_set_cpuid(&vcpu, cpuid_with(true));
}

static int try_init(void)
{
	return kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_USER, VM_FD, VCPU_FD, &run,
			       read_page, page);
}

static int (*const tries[])(void) = {
	try_set, try_get, try_reset, try_before_run, try_arm, try_disarm, try_read,
	try_set_cpuid, try_init,
};

/* Whichever of its ioctls fails, each call says so. */
static void errors_come_back_as_errno(void **state)
{
	unsigned int i;
	int call, calls;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		for (call = 1, calls = 1; call <= calls; call++) {
			set_up(state);
			guest_wrmsr(HOUR_NS + 2 * SECOND_NS);
			host.calls = 0;
			assert_int_equal(tries[i](), 0);
			calls = host.calls;
			set_up(state);
			guest_wrmsr(HOUR_NS + 2 * SECOND_NS);
			host.calls = 0;
			host.fail_at = call;
			assert_int_equal(tries[i](), -ENXIO);
			assert_int_equal(host.calls, call);
		}
		assert_in_range(calls, 1, 20);
	}
}

static void an_msr_that_kvm_leaves_out_is_an_error(void **state)
{
	(void)state;
	/* Which leaves errno alone. */
	errno = ENOMEM;
	host.short_at = 1;
	assert_int_equal(try_get(), -EIO);
	host.calls = 0;
	host.short_at = 2;
	assert_int_equal(try_set(), -EIO);
}

static void a_tsc_of_no_rate_is_an_error(void **state)
{
	(void)state;
	errno = ENOMEM;
	host.khz = 0;
	assert_int_equal(try_arm(), -EIO);
	/* The slowest is one. */
	host.khz = 1;
	guest_wrmsr(HOUR_NS + 10 * SECOND_NS);
	assert_int_equal(host.tsc_deadline, 1000 + 10 * 1000);
}

/* 0 is what they say when all is well, whatever they find. */
static void an_idle_timer_is_no_error(void **state)
{
	(void)state;
	assert_int_equal(kvmdl_reset(&vcpu), 0);
	assert_int_equal(kvmdl_set(&vcpu, 0), 0);
	guest_wrmsr(HOUR_NS + SECOND_NS);
	host.tsc_deadline = 0;
	kvmdl_changed(&vcpu);
	before_run();
	expect_state(0, 0);
}

/* What a VMM of another version's header hands over. */
static void sizes_are_looked_at(void **state)
{
	struct { struct kvmdl_state state; uint64_t later; } big = { .later = 1 };

	(void)state;
	assert_int_equal(kvmdl_get(&vcpu, &big.state, sizeof(big.state) - 1), -EINVAL);
	assert_int_equal(kvmdl_get(&vcpu, &big.state, sizeof(big)), 0);
	assert_int_equal(big.later, 0);
	assert_int_equal(kvmdl_vcpu_init(&vcpu, 64, KVMDL_USER, VM_FD, VCPU_FD, &run,
					 NULL, NULL), -EINVAL);
}

static const struct CMUnitTest vcpu_tests[] = {
	TEST(R03_reads_back_until_kvm_has_fired),
	TEST(R04_zero_disarms),
	TEST(R05_a_guest_that_took_the_tsc_msr_keeps_it),
	TEST(R06_the_tsc_msr_reads_zero_while_ours_is_armed),
	TEST(R07_ignored_in_another_mode),
	TEST(R08_reset_clears),
	TEST(R08_reset_leaves_what_is_not_ours),
	TEST(R10_faults_without_the_bit),
	TEST(R12_stored_until_it_runs),
	TEST(R12_tsc_deadline_clears_it),
	TEST(R12_cleared_at_run_in_another_mode),
	TEST(R12_a_zero_leaves_what_is_not_ours),
	TEST(R12_a_zero_clears_ours),
	TEST(R17_an_idle_vcpu_costs_no_system_call),
	TEST(kernel_backend_carries_the_msr),
	TEST(errors_come_back_as_errno),
	TEST(an_msr_that_kvm_leaves_out_is_an_error),
	TEST(a_tsc_of_no_rate_is_an_error),
	TEST(an_idle_timer_is_no_error),
	TEST(sizes_are_looked_at),
};

static struct CMUnitTest all[100];
static size_t count;

static void add(const struct CMUnitTest *tests, size_t some)
{
	memcpy(&all[count], tests, some * sizeof(all[0]));
	count += some;
}

int main(void)
{
	add(vcpu_tests, ARRAY_SIZE(vcpu_tests));
	add(clock_tests, clock_tests_count);
	add(setup_tests, setup_tests_count);
	return _cmocka_run_group_tests("vmm", all, count, NULL, NULL);
}
