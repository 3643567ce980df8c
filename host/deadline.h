/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSR_KVM_DEADLINE in KVM's in-kernel local APIC: what the hooks call.
 *
 * All of it runs in the vCPU's own context, with vcpu->mutex held, unless a
 * function says otherwise, and only that context steps the timer.  There is no
 * lock of its own: another context only looks at single words, and what it
 * concludes the vCPU evaluates again before anything is delivered.
 */
#ifndef KVM_X86_DEADLINE_H
#define KVM_X86_DEADLINE_H

#include <linux/kvm_host.h>

#include "kvm_deadline.h"
#include "timer.h"

/**
 * struct kvm_deadline - part of struct kvm_timer
 * @timer: deadline, its TSC value and state; only the vCPU's own context steps it
 * @clock: what was published to the guest last
 * @exposed: guest CPUID shows KVM_FEATURE_DEADLINE (R10)
 * @early: the last expiry was not due, so the next start sleeps a little (R15);
 *	set by the hrtimer, too
 */
struct kvm_deadline {
	struct kvm_deadline_timer timer;
	struct kvm_deadline_clock clock;
	bool exposed;
	bool early;
};

int kvm_deadline_capability(struct kvm *kvm);
void kvm_deadline_after_set_cpuid(struct kvm_vcpu *vcpu);

int kvm_deadline_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info);
int kvm_deadline_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info);
void kvm_deadline_set_tsc_msr(struct kvm_vcpu *vcpu, u64 data);
u64 kvm_deadline_get_tsc_msr(struct kvm_vcpu *vcpu);

/* R16: the WRMSR exit fastpath, with interrupts off. */
fastpath_t kvm_deadline_fastpath(struct kvm_vcpu *vcpu, u64 data);

/* R08: what clears the deadline, and KVM_SET_LAPIC, which does not. */
void kvm_deadline_lvtt_written(struct kvm_vcpu *vcpu);
void kvm_deadline_software_disabled(struct kvm_vcpu *vcpu);
void kvm_deadline_reset(struct kvm_vcpu *vcpu);
void kvm_deadline_lapic_set(struct kvm_vcpu *vcpu);

/* A new clock has been published: derive the TSC deadline, start the timer. */
void kvm_deadline_clock_published(struct kvm_vcpu *vcpu,
				  const struct pvclock_vcpu_time_info *clock);
void kvm_deadline_before_block(struct kvm_vcpu *vcpu);

/* Any context: the clock moves, a sleeping vCPU has to look at it. */
void kvm_deadline_wake(struct kvm_vcpu *vcpu);
void kvm_deadline_request_reevaluation(struct kvm_vcpu *vcpu);
void kvm_deadline_pm_notifier(struct kvm *kvm, unsigned long state);

/* Always inline: kvm_make_request() wants a compile-time constant. */
static __always_inline void kvm_deadline_clock_request(int request,
						       struct kvm_vcpu *vcpu)
{
	kvm_make_request(request, vcpu);
	kvm_deadline_wake(vcpu);
}

/* The sleep, with interrupts off; the other two in the hrtimer's interrupt. */
u64 kvm_deadline_sleep_ns(struct kvm_vcpu *vcpu, u64 guest_tsc, u64 ns);
bool kvm_deadline_is_armed(struct kvm_vcpu *vcpu);
bool kvm_deadline_defer_early_expiry(struct kvm_vcpu *vcpu);

/* vCPU context: what has expired is delivered, if it is due. */
struct kvm_lapic;
void kvm_deadline_inject(struct kvm_lapic *apic);

/* KVM's own, static there before the hooks went in. */
int kvm_guest_time_update(struct kvm_vcpu *v);
void kvm_gen_kvmclock_update(struct kvm_vcpu *v);
void kvm_update_masterclock(struct kvm *kvm);
void kvm_apic_inject_pending_timer_irqs(struct kvm_lapic *apic);
void apic_update_lvtt(struct kvm_lapic *apic);
void cancel_apic_timer(struct kvm_lapic *apic);
void __kvm_wait_lapic_expire(struct kvm_vcpu *vcpu);

#endif /* KVM_X86_DEADLINE_H */
