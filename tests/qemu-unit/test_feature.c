// SPDX-License-Identifier: GPL-2.0-only
/* qemu/feature: who can be given the feature, and that who has it keeps it. */
#include "kvm-deadline.h"

#define cpu	(&cpus[1])

static void refused(const char *words)
{
	asked.said[0] = 0;
	assert_false(kvm_deadline_realize(cpu, NULL));
	assert_non_null(strstr(asked.said, words));
}

/* Asked for, but not to be had. */
static void filtered(void)
{
	cpu->env.features[FEAT_KVM] = 0;
	cpu->filtered_features[FEAT_KVM] = CPUID_KVM_DEADLINE;
}

static void R10_who_has_all_of_it_gets_it(void **state)
{
	(void)state;
	assert_true(kvm_deadline_realize(cpu, NULL));
	/* Either of the two clocks will do. */
	cpu->env.features[FEAT_KVM] = CPUID_KVM_DEADLINE | 1U << KVM_FEATURE_CLOCKSOURCE;
	assert_true(kvm_deadline_realize(cpu, NULL));
	assert_string_equal(asked.said, "");
}

static void R10_who_has_not_asked_is_asked_nothing(void **state)
{
	(void)state;
	cpu->env.features[FEAT_KVM] = 0;
	/* Others may be filtered. */
	cpu->filtered_features[FEAT_KVM] = ~(uint64_t)CPUID_KVM_DEADLINE;
	host.extension = 0;
	assert_true(kvm_deadline_realize(cpu, NULL));
}

static void R10_no_kvmclock_is_refused(void **state)
{
	(void)state;
	cpu->env.features[FEAT_KVM] = CPUID_KVM_DEADLINE;
	refused("kvm-deadline: needs the guest's kvmclock");
	/* The other features are not its clock. */
	cpu->env.features[FEAT_KVM] = ~(1ULL << KVM_FEATURE_CLOCKSOURCE |
					1ULL << KVM_FEATURE_CLOCKSOURCE2);
	refused("needs the guest's kvmclock");
}

static void R10_hidden_kvm_is_refused(void **state)
{
	(void)state;
	filtered();
	cpu->expose_kvm = false;
	refused("kvm-deadline: needs KVM's CPUID leaves, which kvm=off hides");
}

static void R10_host_without_capability_is_refused(void **state)
{
	(void)state;
	filtered();
	for (host.extension = -1; host.extension <= 0; host.extension++)
		refused("no KVM_CAP_X86_DEADLINE: load the kvm-deadline modules there");
}

static void R11_userspace_apic_is_refused(void **state)
{
	(void)state;
	filtered();
	host.split_apic = true;
	refused("needs the local APIC in the kernel (-machine kernel-irqchip=on or split)");
}

static void R10_nothing_lacks_where_kvm_has_it(void **state)
{
	(void)state;
	assert_null(kvm_deadline_lacks(kvm_state));
	host.extension = 2;
	assert_null(kvm_deadline_lacks(kvm_state));
}

static void R17_state_travels_with_the_feature_alone(void **state)
{
	const VMStateField *field = vmstate_msr_kvm_deadline.fields;

	(void)state;
	assert_true(vmstate_msr_kvm_deadline.needed(cpu));
	assert_true(kvm_deadline_in_kernel(cpu));
	cpu->env.features[FEAT_KVM] = ~(uint64_t)CPUID_KVM_DEADLINE;
	assert_false(vmstate_msr_kvm_deadline.needed(cpu));
	assert_false(kvm_deadline_in_kernel(cpu));
	/* What is sent is known by these for ever. */
	assert_string_equal(vmstate_msr_kvm_deadline.name, "cpu/msr_kvm_deadline");
	assert_int_equal(vmstate_msr_kvm_deadline.version_id, 1);
	assert_int_equal(vmstate_msr_kvm_deadline.minimum_version_id, 1);
	assert_true(field->is_u64);
	assert_int_equal(field->offset, offsetof(X86CPU, env.msr_kvm_deadline));
	assert_false(field[1].is_u64);
}

static void R13_who_comes_in_has_to_have_the_feature(void **state)
{
	(void)state;
	assert_int_equal(vmstate_msr_kvm_deadline.post_load(cpu, 1), 0);
	cpu->env.features[FEAT_KVM] = 0;
	assert_int_equal(vmstate_msr_kvm_deadline.post_load(cpu, 1), -EINVAL);
	assert_non_null(strstr(asked.said, "CPU 1 arrives with MSR_KVM_DEADLINE, which it"));
	assert_non_null(strstr(asked.said, "start with -accel kvm -cpu ...,+kvm-deadline"));
}

const struct CMUnitTest feature_tests[] = {
	TEST(R10_who_has_all_of_it_gets_it),
	TEST(R10_who_has_not_asked_is_asked_nothing),
	TEST(R10_no_kvmclock_is_refused),
	TEST(R10_hidden_kvm_is_refused),
	TEST(R10_host_without_capability_is_refused),
	TEST(R10_nothing_lacks_where_kvm_has_it),
	TEST(R11_userspace_apic_is_refused),
	TEST(R13_who_comes_in_has_to_have_the_feature),
	TEST(R17_state_travels_with_the_feature_alone),
};

const size_t feature_tests_count = ARRAY_SIZE(feature_tests);
