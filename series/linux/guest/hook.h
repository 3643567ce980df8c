/* SPDX-License-Identifier: GPL-2.0-only */
/* What the local APIC timer asks before it does what it always did. */
#ifndef KVM_DEADLINE_HOOK_H
#define KVM_DEADLINE_HOOK_H

#include "guest.h"

#ifdef CONFIG_KVM_GUEST_DEADLINE

static __always_inline bool kvm_deadline_serves(void)
{
	return this_cpu_read(kvm_deadline_backend) != BACKEND_NATIVE;
}

static __always_inline bool kvm_deadline_serves_arm(void)
{
	enum backend backend = this_cpu_read(kvm_deadline_backend);

	this_cpu_inc(kvm_deadline_stats.arms[backend]);
	return backend != BACKEND_NATIVE;
}

#else

/* What stands behind a false condition is never linked. */
static __always_inline bool kvm_deadline_serves(void)
{
	return false;
}

static __always_inline bool kvm_deadline_serves_arm(void)
{
	return false;
}

#endif

#endif /* KVM_DEADLINE_HOOK_H */
