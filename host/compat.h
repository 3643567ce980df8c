/* SPDX-License-Identifier: GPL-2.0-only */
/* The only place of the host side that knows how kernels differ; else hooks do. */
#ifndef KVM_X86_DEADLINE_COMPAT_H
#define KVM_X86_DEADLINE_COMPAT_H

#include <linux/version.h>

/* Linux 6.1 gives no heed to it when a skipped instruction ends in userspace. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define EXIT_FASTPATH_EXIT_USERSPACE	EXIT_FASTPATH_EXIT_HANDLED
#endif

/*
 * An instruction that is skipped counts in the PMU, which for some releases looked at
 * its filter for that: their own fastpath holds SRCU then, that of the others does not.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define SKIP_NEEDS_SRCU		true
#else
#define SKIP_NEEDS_SRCU		false
#endif

/* What came with TDX.  Older kernels have no guests whose TSC they do not know. */
#ifdef KVM_X86_TDX_VM
#define kvm_deadline_tsc_is_hidden(vcpu)	((vcpu)->arch.guest_tsc_protected)
#else
#define kvm_deadline_tsc_is_hidden(vcpu)	((void)(vcpu), false)
#endif

#endif /* KVM_X86_DEADLINE_COMPAT_H */
