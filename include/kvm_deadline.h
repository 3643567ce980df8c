/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * MSR_KVM_DEADLINE: a one-shot guest timer in absolute kvmclock nanoseconds.
 *
 * This header is the whole binary interface.  The host kernel, the guest
 * driver, the VMM and the tests include it and nothing else defines these
 * numbers.  The rules R01-R17 it refers to are in docs/msr.rst.
 */
#ifndef KVM_DEADLINE_H
#define KVM_DEADLINE_H

/**
 * MSR_KVM_DEADLINE - absolute one-shot deadline
 *
 * u64, nanoseconds of this vCPU's kvmclock.  Writing a non-zero value in LVT
 * timer mode 10b arms the local APIC timer (R01); 0 disarms (R04).  Reads give
 * the written value until the vector is in the IRR, then 0 (R03).  Without
 * KVM_FEATURE_DEADLINE the MSR does not exist (R10).
 */
#define MSR_KVM_DEADLINE		0x4b564d10

/*
 * Bit number in EAX of KVM's CPUID base + 1.  Upstream uses 0-17 and 24; 18
 * belonged to another unmerged proposal.
 */
#define KVM_FEATURE_DEADLINE		20

/**
 * KVM_CAP_X86_DEADLINE - KVM_CHECK_EXTENSION on the VM
 *
 * Returns KVM_CAP_X86_DEADLINE_MSR where this host can do it for this VM; 0
 * without an in-kernel local APIC, and where the host does not know the guest's
 * TSC.
 */
#define KVM_CAP_X86_DEADLINE		1020
#define KVM_CAP_X86_DEADLINE_MSR	1

#endif /* KVM_DEADLINE_H */
