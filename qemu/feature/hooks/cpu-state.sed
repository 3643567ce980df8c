# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/cpu.h
# places: 2
# Beside the TSC deadline: a reset clears it.
/^#define MSR_IA32_TSCDEADLINE /i\
#define CPUID_KVM_DEADLINE              (1U << KVM_FEATURE_DEADLINE)
/^    uint64_t tsc_deadline;/a\
    uint64_t msr_kvm_deadline;
