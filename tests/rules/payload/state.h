/* SPDX-License-Identifier: GPL-2.0-only */
/* What a VMM saves of a vCPU, and restores in whatever order. */
#ifndef RULES_STATE_H
#define RULES_STATE_H

#include "vm.h"

/* Registers, events and MP state have no say in R12: they come last. */
enum state_step {
	STATE_CPUID,
	STATE_SREGS,
	STATE_LAPIC,
	STATE_TSC,
	STATE_TSC_KHZ,
	STATE_CLOCK_MSR,
	STATE_CLOCK,
	STATE_TSC_DEADLINE,
	STATE_DEADLINE,
	STATE_STEPS
};

struct state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp_state;
	u64 kvmclock_ns;
	u64 tsc;
	u64 clock_msr;
	u64 tsc_deadline;
	u64 deadline_ns;
};

/* What R13 finds the timer in, so what it matters when to read. */
enum state_part { STATE_PART_LAPIC, STATE_PART_MSRS, STATE_PART_EVENTS,
		  STATE_PARTS };

/* The order of most VMMs. */
extern const enum state_step state_usual_order[STATE_STEPS];
extern const enum state_part state_usual_parts[STATE_PARTS];

/* The vCPU is outside KVM_RUN; no state but a finished port write changes. */
void state_save(struct vcpu *vcpu, struct state *state,
		const enum state_part *parts);
/* Into a fresh VM; the guest finds its memory as it was. */
struct vcpu *state_restore(struct state *state, const enum state_step *order);
/* One after the other; both deadlines must read as before. */
struct vcpu *state_move(struct vcpu *vcpu, const enum state_step *order);

/* The timer vector's bit in a saved APIC page. */
bool state_timer_irr(const struct state *state);
bool state_timer_isr(const struct state *state);

#endif /* RULES_STATE_H */
