/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSR_KVM_DEADLINE in KVM's in-kernel local APIC: what the hooks call.
 *
 * All of it runs in the vCPU's own context, with vcpu->mutex held, unless a
 * function says otherwise.  There is no lock of its own: another context only
 * looks at deadline_ns and deadline_tsc, single words that the vCPU judges
 * again before anything is delivered.
 */
#ifndef KVM_X86_DEADLINE_H
#define KVM_X86_DEADLINE_H

#include <linux/kvm_host.h>

#include "kvm_deadline.h"
#include "timer.h"

/**
 * enum kvm_deadline_transition - what is traced and counted
 * @KVM_DEADLINE_ARM: the guest wrote a deadline, in place of another one or not
 * @KVM_DEADLINE_DISARM: written zero, timer mode left, INIT, RESET, or a restored
 *	one found unusable
 * @KVM_DEADLINE_REPLACED: by a write of MSR_IA32_TSC_DEADLINE (R05)
 * @KVM_DEADLINE_EXPIRED: the vector is raised (R01)
 * @KVM_DEADLINE_REARM: the host's timer went off too early (R02), or its sleep
 *	was cut (R15); it has been started again
 * @KVM_DEADLINE_CLOCK_MOVED: judged anew, by a newly published clock (R14)
 * @KVM_DEADLINE_RESTORED: what userspace wrote is armed (R12)
 * @KVM_DEADLINE_TRANSITIONS: their number
 */
enum kvm_deadline_transition {
	KVM_DEADLINE_ARM,
	KVM_DEADLINE_DISARM,
	KVM_DEADLINE_REPLACED,
	KVM_DEADLINE_EXPIRED,
	KVM_DEADLINE_REARM,
	KVM_DEADLINE_CLOCK_MOVED,
	KVM_DEADLINE_RESTORED,
	KVM_DEADLINE_TRANSITIONS,
};

/**
 * struct kvm_deadline - part of struct kvm_timer
 * @timer: deadline, its TSC value and state
 * @exposed: guest CPUID shows KVM_FEATURE_DEADLINE (R10)
 * @early: the host's timer went off too early and has to be started again
 * @count: transitions of this vCPU, since it was made
 */
struct kvm_deadline {
	struct kvm_deadline_timer timer;
	bool exposed;
	bool early;
	u64 count[KVM_DEADLINE_TRANSITIONS];
};

int kvm_deadline_capability(struct kvm *kvm);
void kvm_deadline_after_set_cpuid(struct kvm_vcpu *vcpu);

int kvm_deadline_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info);
int kvm_deadline_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info);
void kvm_deadline_set_tsc_msr(struct kvm_vcpu *vcpu, u64 data);
u64 kvm_deadline_get_tsc_msr(struct kvm_vcpu *vcpu);

/* R16: the WRMSR exit fastpath, with interrupts off. */
u32 kvm_deadline_fastpath_msr(struct kvm_vcpu *vcpu);
void kvm_deadline_fastpath_write(struct kvm_vcpu *vcpu, u64 data);

/* R08: what clears the deadline, and KVM_SET_LAPIC, which does not. */
void kvm_deadline_lvtt_written(struct kvm_vcpu *vcpu);
void kvm_deadline_reset(struct kvm_vcpu *vcpu);
void kvm_deadline_restore(struct kvm_vcpu *vcpu);

/* A new clock has been published: derive the TSC deadline, start the timer. */
void kvm_deadline_judge(struct kvm_vcpu *vcpu);
void kvm_deadline_before_block(struct kvm_vcpu *vcpu);

/* Any context: the clock moves, a sleeping vCPU has to look at it. */
void kvm_deadline_wake(struct kvm_vcpu *vcpu);
void kvm_deadline_clock_moved(struct kvm_vcpu *vcpu);
void kvm_deadline_pm_notifier(struct kvm *kvm, unsigned long state);

/* Always inline: kvm_make_request() wants a compile-time constant. */
static __always_inline void kvm_deadline_clock_request(int request,
						       struct kvm_vcpu *vcpu)
{
	kvm_make_request(request, vcpu);
	kvm_deadline_wake(vcpu);
}

/* The sleep; the first with interrupts off, the second in interrupt context. */
void kvm_deadline_sleep_ns(struct kvm_vcpu *vcpu, u64 guest_tsc, u64 *ns);
bool kvm_deadline_too_early(struct kvm_vcpu *vcpu);
/* vCPU context, or the hrtimer that posts to a vCPU in guest mode. */
bool kvm_deadline_deliver(struct kvm_vcpu *vcpu);

/* For people: observe.c. */
u64 kvm_deadline_now_ns(struct kvm_vcpu *vcpu);
void kvm_deadline_note(struct kvm_vcpu *vcpu,
		       const struct kvm_deadline_timer *was,
		       enum kvm_deadline_event event,
		       enum kvm_deadline_action action);
void kvm_deadline_create_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir);

/* KVM's own, static there before the hooks went in. */
struct kvm_lapic;
int kvm_guest_time_update(struct kvm_vcpu *v);
void kvm_update_masterclock(struct kvm *kvm);
void apic_update_lvtt(struct kvm_lapic *apic);
void cancel_apic_timer(struct kvm_lapic *apic);
void __kvm_wait_lapic_expire(struct kvm_vcpu *vcpu);

#endif /* KVM_X86_DEADLINE_H */
