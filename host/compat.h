/* SPDX-License-Identifier: GPL-2.0-only */
/* The only place of the host side that knows kernel versions. */
#ifndef KVM_X86_DEADLINE_COMPAT_H
#define KVM_X86_DEADLINE_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#error "kvm-deadline knows Linux 6.1 and 6.12; other kernels need their hooks checked first"
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define kvm_deadline_cpuid_base(vcpu)	((vcpu)->arch.kvm_cpuid_base)
#else
#define kvm_deadline_cpuid_base(vcpu)	((vcpu)->arch.kvm_cpuid.base)
#endif

#endif /* KVM_X86_DEADLINE_COMPAT_H */
