/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * MSR_KVM_DEADLINE: a one-shot guest timer in absolute kvmclock nanoseconds.
 *
 * This header is the whole binary interface.  The host kernel, the guest
 * driver, the VMM and the tests include it and nothing else defines these
 * numbers.  The rules R01-R20 it refers to are in docs/msr.rst.
 */
#ifndef KVM_DEADLINE_H
#define KVM_DEADLINE_H

#include <linux/types.h>

/**
 * MSR_KVM_DEADLINE - absolute one-shot deadline
 *
 * u64, nanoseconds of this vCPU's kvmclock.  Writing a non-zero value in LVT
 * timer mode 10b arms the local APIC timer (R01); 0 disarms (R04).  Reads give
 * the written value until the vector is in the IRR, then 0 (R03).  Without
 * KVM_FEATURE_DEADLINE the MSR does not exist (R10).
 */
#define MSR_KVM_DEADLINE		0x4b564d10

/**
 * MSR_KVM_DEADLINE_SHARED - guest physical address of the shared word pair
 *
 * Bit 0 enables the pair; bits 1-3 are reserved and must be zero.
 */
#define MSR_KVM_DEADLINE_SHARED		0x4b564d11
#define KVM_DEADLINE_SHARED_ENABLE	(1ULL << 0)

/*
 * Bit numbers in EAX of KVM's CPUID base + 1.  Upstream uses 0-17 and 24; 18
 * belonged to another unmerged proposal.
 */
#define KVM_FEATURE_DEADLINE		20
#define KVM_FEATURE_DEADLINE_SHARED	21

/**
 * KVM_CAP_X86_DEADLINE - KVM_CHECK_EXTENSION on the VM
 *
 * Returns a mask of KVM_CAP_X86_DEADLINE_*, what this host can do for this VM;
 * 0 without an in-kernel local APIC.
 */
#define KVM_CAP_X86_DEADLINE		1020
#define KVM_CAP_X86_DEADLINE_MSR	(1 << 0)
#define KVM_CAP_X86_DEADLINE_PAIR	(1 << 1)

/**
 * struct kvm_deadline_shared - the pair of lazy arming, in guest RAM
 * @deadline_ns: what the guest wants, kvmclock nanoseconds, 0 for nothing
 * @armed_ns: what the host has armed, written by the host alone
 *
 * Untrusted by the host (R19).  Touched by the host only in the vCPU's own
 * thread outside guest mode (R20), so plain accesses are enough on both sides.
 */
struct kvm_deadline_shared {
	__u64 deadline_ns;
	__u64 armed_ns;
} __attribute__((aligned(16)));

_Static_assert(sizeof(struct kvm_deadline_shared) == 16,
	       "the pair is two u64, no padding");
_Static_assert(_Alignof(struct kvm_deadline_shared) == 16,
	       "bits 0-3 of its address carry flags");
_Static_assert((MSR_KVM_DEADLINE & 0xffffff00) == 0x4b564d00,
	       "KVM's own MSR range");
_Static_assert(KVM_FEATURE_DEADLINE < 32 && KVM_FEATURE_DEADLINE_SHARED < 32,
	       "bits of one 32-bit register");

#endif /* KVM_DEADLINE_H */
