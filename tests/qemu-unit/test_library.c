// SPDX-License-Identifier: GPL-2.0-only
/* qemu/library: that what QEMU does gets to libkvmdeadline, and its answers back. */
#include "kvm-deadline-user.h"

#define cpu	(&cpus[1])

static struct kvm_run run;

/* As the filter was given them, once for all tests. */
static read_msr rdmsr;
static write_msr wrmsr;
static change_state *state_handler;

static void want(KVMDeadlineBackend backend)
{
	kvm_deadline_accel_class_init(NULL);
	kvm_state = NULL;
	asked.set(NULL, backend, NULL);
	set_up(NULL);
}

/* A CPU that the library serves. */
static void served(void)
{
	want(KVM_DEADLINE_BACKEND_USER);
	cpu->parent.kvm_run = &run;
	assert_int_equal(kvm_deadline_user_init_vcpu(cpu, NULL), 0);
	asked.calls[0] = 0;
}

static void did(const char *calls)
{
	assert_string_equal(asked.calls, calls);
	asked.calls[0] = 0;
}

static void backend_is_a_property_until_kvm_is_there(void **state)
{
	(void)state;
	want(KVM_DEADLINE_BACKEND_KERNEL);
	kvm_deadline_accel_class_init(NULL);
	did("deadline:KVMDeadlineBackend deadline ");
	assert_int_equal(asked.get(NULL, NULL), KVM_DEADLINE_BACKEND_KERNEL);
	/* No VM yet. */
	kvm_state->vmfd = 0;
	asked.set(NULL, KVM_DEADLINE_BACKEND_AUTO, NULL);
	assert_int_equal(asked.get(NULL, NULL), KVM_DEADLINE_BACKEND_AUTO);
	kvm_state->vmfd = 1;
	asked.set(NULL, KVM_DEADLINE_BACKEND_USER, NULL);
	assert_int_equal(asked.get(NULL, NULL), KVM_DEADLINE_BACKEND_AUTO);
	assert_string_equal(asked.said, "Unable to set deadline after KVM was initialized");
}

/* What lacks when that is wanted and this offered, NULL for nothing. */
static const struct {
	KVMDeadlineBackend wanted;
	enum kvmdl_backend offer;
	const char *lacks;
	bool by_user;
} backends[] = {
	{ KVM_DEADLINE_BACKEND_KERNEL, KVMDL_KERNEL, NULL, false },
	{ KVM_DEADLINE_BACKEND_KERNEL, KVMDL_USER, "deadline=user", false },
	{ KVM_DEADLINE_BACKEND_KERNEL, KVMDL_NONE, "no KVM_CAP_X86_DEADLINE", false },
	{ KVM_DEADLINE_BACKEND_USER, KVMDL_KERNEL, NULL, true },
	{ KVM_DEADLINE_BACKEND_USER, KVMDL_USER, NULL, true },
	{ KVM_DEADLINE_BACKEND_USER, KVMDL_NONE, "the library's reason", false },
	{ KVM_DEADLINE_BACKEND_AUTO, KVMDL_KERNEL, NULL, false },
	{ KVM_DEADLINE_BACKEND_AUTO, KVMDL_USER, NULL, true },
	{ KVM_DEADLINE_BACKEND_AUTO, KVMDL_NONE, "the library's reason", false },
};

static void who_serves_is_what_was_asked_for_and_is_there(void **state)
{
	const char *lacks;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(backends); i++) {
		want(backends[i].wanted);
		host.offer = backends[i].offer;
		lacks = kvm_deadline_backend_lacks(kvm_state);
		assert_int_equal(!lacks, !backends[i].lacks);
		if (lacks)
			assert_non_null(strstr(lacks, backends[i].lacks));
		assert_int_equal(kvm_deadline_user_init_vcpu(cpu, NULL), 0);
		assert_int_equal(!cpu->kvm_deadline_user, !backends[i].by_user);
	}
}

static void R07_user_needs_the_tsc_deadline(void **state)
{
	(void)state;
	want(KVM_DEADLINE_BACKEND_USER);
	cpu->env.features[FEAT_1_ECX] = ~(uint64_t)CPUID_EXT_TSC_DEADLINE_TIMER;
	assert_false(kvm_deadline_user_realize(cpu, NULL));
	assert_non_null(strstr(asked.said, "needs the guest's TSC deadline timer"));
	/* Not where the kernel serves it, nor without the feature. */
	want(KVM_DEADLINE_BACKEND_AUTO);
	cpu->env.features[FEAT_1_ECX] = 0;
	assert_true(kvm_deadline_user_realize(cpu, NULL));
	want(KVM_DEADLINE_BACKEND_USER);
	cpu->env.features[FEAT_1_ECX] = 0;
	cpu->env.features[FEAT_KVM] = ~(uint64_t)CPUID_KVM_DEADLINE;
	assert_true(kvm_deadline_user_realize(cpu, NULL));
	did("");
}

static void R11_the_filter_is_set_once(void **state)
{
	(void)state;
	want(KVM_DEADLINE_BACKEND_USER);
	host.refuses = MSR_KVM_DEADLINE;
	assert_false(kvm_deadline_user_realize(cpu, NULL));
	assert_string_equal(asked.said, "kvm-deadline: KVM does not take the MSR filter");
	host.refuses = MSR_IA32_TSCDEADLINE;
	assert_false(kvm_deadline_user_realize(cpu, NULL));
	host.refuses = 0;
	asked.calls[0] = 0;
	assert_true(kvm_deadline_user_realize(cpu, NULL));
	did("filter1 filter0 handler ");
	/* Writes of the TSC deadline are the guest's and KVM's own. */
	assert_non_null(asked.rdmsr[0]);
	assert_null(asked.wrmsr[0]);
	assert_ptr_equal(asked.rdmsr[0], asked.rdmsr[1]);
	rdmsr = asked.rdmsr[1];
	wrmsr = asked.wrmsr[1];
	state_handler = asked.state_handler;
	assert_true(kvm_deadline_user_realize(&cpus[0], NULL));
	did("");

	served();
	/* R14: of all CPUs that have one. */
	state_handler(NULL, true, 0);
	did("changed ");
}

static void R10_the_library_takes_exits(void **state)
{
	static const struct { int ret; bool error, taken; } exits[] = {
		{ 1, false, true }, { 2, false, true }, { 1, true, false },
		{ 0, false, false }, { -EIO, false, false },
	};
	uint64_t value;
	unsigned int i;

	(void)state;
	served();
	for (i = 0; i < ARRAY_SIZE(exits); i++) {
		host.ret = exits[i].ret;
		run.msr.error = exits[i].error;
		asked.said[0] = 0;
		assert_int_equal(rdmsr(cpu, MSR_KVM_DEADLINE, &value), exits[i].taken);
		assert_int_equal(wrmsr(cpu, MSR_KVM_DEADLINE, 1), exits[i].taken);
		did("exit exit ");
		assert_int_equal(!asked.said[0], exits[i].ret >= 0);
	}
	assert_non_null(strstr(asked.said, "KVM fails a guest's access to MSR_KVM_DEADLINE, "));
	assert_non_null(strstr(asked.said, "which becomes a #GP: Input/output error"));
	run.msr.error = 0;
}

static void R02_the_guests_page_is_read_and_nothing_else(void **state)
{
	uint64_t page[4];

	(void)state;
	served();
	assert_true(asked.read_memory(cpu, 0x1000, page, sizeof(page)));
	assert_int_equal(page[0], 0x1000);
	did("read1 ");
	assert_false(asked.read_memory(cpu, 0x1000, page, sizeof(page) - 1));
	assert_false(asked.read_memory(cpu, 0x1000, page, sizeof(page) + 1));
	did("");
	host.no_memory = true;
	assert_false(asked.read_memory(cpu, 0x1000, page, sizeof(page)));
}

static void R15_a_far_deadline_is_looked_at_again(void **state)
{
	(void)state;
	served();
	kvm_deadline_user_pre_run(cpu);
	did("before_run ");
	host.check_ns = 77;
	kvm_deadline_user_pre_run(cpu);
	did("before_run mod ");
	assert_int_equal(asked.timer->expire_ns, NOW_NS + 77);
	/* Once is enough, until it went off. */
	kvm_deadline_user_pre_run(cpu);
	did("before_run ");
	asked.timer->callback(asked.timer->opaque);
	did("kick1 ");
}

static void a_cpu_without_the_feature_is_let_alone(void **state)
{
	(void)state;
	served();
	cpu->env.features[FEAT_KVM] = ~(uint64_t)CPUID_KVM_DEADLINE;
	host.ret = -EIO;
	kvm_deadline_user_pre_run(cpu);
	assert_int_equal(kvm_deadline_user_get(cpu), 0);
	assert_int_equal(kvm_deadline_user_put(cpu, KVM_PUT_FULL_STATE), 0);
	assert_int_equal(cpu->env.msr_kvm_deadline, 0);
	did("");
}

static void R12_state_goes_both_ways(void **state)
{
	(void)state;
	served();
	assert_int_equal(kvm_deadline_user_get(cpu), 0);
	assert_int_equal(cpu->env.msr_kvm_deadline, 42);
	assert_int_equal(cpu->env.tsc_deadline, 43);
	assert_int_equal(kvm_deadline_user_put(cpu, KVM_PUT_RUNTIME_STATE), 0);
	did("set42 ");
	/* The clock may be another. */
	assert_int_equal(kvm_deadline_user_put(cpu, KVM_PUT_RESET_STATE), 0);
	did("changed set42 ");
	assert_int_equal(kvm_deadline_user_put(cpu, KVM_PUT_FULL_STATE), 0);
	did("changed set42 ");
}

/* The guest is stopped where somebody sees why. */
static void R13_what_kvm_refuses_stops_the_guest(void **state)
{
	(void)state;
	served();
	host.ret = -EIO;
	assert_int_equal(kvm_deadline_user_get(cpu), -EIO);
	did("prepare stop4 ");
	assert_string_equal(asked.said,
			    "CPU 1: KVM does not give MSR_KVM_DEADLINE (Input/output error)");
	assert_int_equal(cpu->env.msr_kvm_deadline, 0);
	assert_int_equal(kvm_deadline_user_put(cpu, KVM_PUT_RUNTIME_STATE), -EIO);
	did("set0 prepare stop4 ");
	assert_non_null(strstr(asked.said, "does not take"));
	kvm_deadline_user_pre_run(cpu);
	did("before_run prepare stop4 ");
	assert_non_null(strstr(asked.said, "does not arm"));
}

static void a_vcpu_that_cannot_be_had_is_an_error(void **state)
{
	(void)state;
	want(KVM_DEADLINE_BACKEND_USER);
	host.init_ret = -ENXIO;
	assert_int_equal(kvm_deadline_user_init_vcpu(cpu, NULL), -ENXIO);
	did("init ");
	want(KVM_DEADLINE_BACKEND_USER);
	host.ret = -EINVAL;
	assert_int_equal(kvm_deadline_user_init_vcpu(cpu, NULL), -EINVAL);
	did("init cpuid ");
}

static void a_vcpu_is_freed_once(void **state)
{
	(void)state;
	served();
	kvm_deadline_user_destroy_vcpu(cpu);
	did("free ");
	assert_null(cpu->kvm_deadline_user);
	kvm_deadline_user_destroy_vcpu(cpu);
	did("");
}

const struct CMUnitTest library_tests[] = {
	TEST(R11_the_filter_is_set_once),
	TEST(R02_the_guests_page_is_read_and_nothing_else),
	TEST(R07_user_needs_the_tsc_deadline),
	TEST(R10_the_library_takes_exits),
	TEST(R12_state_goes_both_ways),
	TEST(R13_what_kvm_refuses_stops_the_guest),
	TEST(R15_a_far_deadline_is_looked_at_again),
	TEST(a_cpu_without_the_feature_is_let_alone),
	TEST(a_vcpu_is_freed_once),
	TEST(a_vcpu_that_cannot_be_had_is_an_error),
	TEST(backend_is_a_property_until_kvm_is_there),
	TEST(who_serves_is_what_was_asked_for_and_is_there),
};

const size_t library_tests_count = ARRAY_SIZE(library_tests);

static struct CMUnitTest all[40];

int main(void)
{
	memcpy(all, feature_tests, feature_tests_count * sizeof(all[0]));
	memcpy(all + feature_tests_count, library_tests, sizeof(library_tests));
	return _cmocka_run_group_tests("qemu-unit", all, feature_tests_count +
				       library_tests_count, NULL, NULL);
}
