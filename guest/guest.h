/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the guest driver share. */
#ifndef KVM_DEADLINE_GUEST_H
#define KVM_DEADLINE_GUEST_H

#include <linux/percpu.h>
#include <linux/types.h>

struct clock_event_device;
struct irq_work;

/**
 * enum backend - what a CPU arms its timer with
 * @BACKEND_NATIVE: the stock kernel's own functions; 0, so that a CPU that was
 *	never looked at does what it always did
 * @BACKEND_KVMCLOCK: a TSC deadline computed from kvmclock
 * @BACKEND_MSR: MSR_KVM_DEADLINE
 */
enum backend {
	BACKEND_NATIVE,
	BACKEND_KVMCLOCK,
	BACKEND_MSR,
	BACKENDS,
};

/**
 * struct backend_stats - one CPU's counters, since the module was loaded
 * @arms: timers armed through each backend
 * @elided: those of them that needed no write of MSR_KVM_DEADLINE
 * @refused: writes of MSR_KVM_DEADLINE that the host answered with #GP, or did not
 *	keep: each put its CPU back on the native timer
 */
struct backend_stats {
	unsigned long arms[BACKENDS];
	unsigned long elided;
	unsigned long refused;
};

DECLARE_PER_CPU(enum backend, kvm_deadline_backend);
DECLARE_PER_CPU(struct backend_stats, kvm_deadline_stats);

/* The replacements: same contract as the functions they replace. */
int kvm_deadline_next_event(unsigned long delta, struct clock_event_device *evt);
int kvm_deadline_set_oneshot(struct clock_event_device *evt);
int kvm_deadline_shutdown(struct clock_event_device *evt);

/* Queued when a write was refused, on that CPU: there no message can be printed. */
extern struct irq_work kvm_deadline_refusal;

/* This CPU's next arm is through @backend. */
void kvm_deadline_join(enum backend backend);

/* No CPU elides its next arm; only while they all stand still. */
void kvm_deadline_forget(void);

/* This CPU goes back to its native timer and arms that with what is due next. */
void kvm_deadline_leave(void);

/* All or nothing; only while every CPU is on BACKEND_NATIVE. */
int kvm_deadline_replace(void);
void kvm_deadline_put_back(void);

#endif /* KVM_DEADLINE_GUEST_H */
