/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What surrounds core/timer.c in the model: as much of a host, its VM and its
 * VMM as host/deadline.c and KVM have to say in R01-R14.
 *
 * Time is small numbers: the host's clock ticks in nanoseconds, a guest TSC in
 * one or two ticks each.  Every action is atomic; spin interleaves them.
 */
#ifndef KVM_DEADLINE_MODEL_MACHINE_H
#define KVM_DEADLINE_MODEL_MACHINE_H

#include <string.h>

#include "timer.h"

enum where { OUTSIDE, INSIDE, HALTING, BLOCKED };

/* The steps of a restore, as in tests/rules/payload/state.h. */
enum step { CPUID, SREGS, LAPIC, TSC, TSC_KHZ, CLOCK_MSR, CLOCK, TSC_DEADLINE,
	    DEADLINE, STEPS };

#define ALL_STEPS	((1 << STEPS) - 1)

enum property { EXCLUSIVE = 1, NOT_LOST = 2, NOT_EARLY = 4, AT_MOST_ONCE = 8,
		ELIDED = 16 };

/**
 * struct machine - one vCPU and its VM
 * @timer: the shipped state machine's own
 * @published: hv_clock
 * @tscdeadline: of KVM's struct kvm_timer
 * @want_ns: D by the rules: written, neither replaced nor in the IRR
 * @want_tsc: the same for MSR_IA32_TSC_DEADLINE
 * @violated: properties found broken
 * @todo: steps of a restore that are still to come
 * @telling: the clock has moved, its mover has yet to look at D
 * @owed: the vector was raised and not yet handled
 * @global: KVM_REQ_GLOBAL_CLOCK_UPDATE, which a vCPU makes to itself
 * @master: when the host took its master clock
 * @svr: enabled by software, and the LVT is not masked
 * @armed: what the guest's driver wrote last
 * @stands: nothing has happened since that makes it doubt @armed
 */
struct machine {
	struct kvm_deadline_timer timer;
	struct kvm_deadline_clock published;
	u64 tscdeadline, want_ns, want_tsc, armed;
	u64 saved_ns, saved_clock, saved_tsc;
	u64 tsc_start;
	s8 clock_offset;
	u8 now, tsc_base, rate, saved_rate;
	u8 hrtimer, expires, pending, request, unblock, telling;
	u8 irr, owed, saved_irr, where;
	u8 cpuid, present, svr, lvtt, mode;
	u8 global, stands, master;
	u8 violated;
	uint16_t todo;
};

void machine_init(struct machine *m);

/* What may happen; each is to be called only where it makes sense. */
void machine_arm(struct machine *m, u64 from_now_ns);
void machine_arm_or_elide(struct machine *m, u64 from_now_ns);
void machine_arm_tsc(struct machine *m, u64 from_now);
void machine_disarm(struct machine *m);
void machine_disarm_tsc(struct machine *m);
void machine_toggle_mode(struct machine *m);
void machine_toggle_apic(struct machine *m);
void machine_toggle_svr(struct machine *m);
void machine_enter(struct machine *m);
void machine_process(struct machine *m);
void machine_deliver(struct machine *m);
void machine_halt(struct machine *m);
void machine_wake(struct machine *m);
void machine_tick(struct machine *m);
void machine_hrtimer(struct machine *m);
void machine_move_clock(struct machine *m, int by);
void machine_move_tsc(struct machine *m, int by);
void machine_move_cpu(struct machine *m);
void machine_tell(struct machine *m);
void machine_save(struct machine *m, u8 new_rate, bool keep);
void machine_restore(struct machine *m, enum step step);

/* Is there anything for machine_process(), machine_wake() to do? */
bool machine_busy(const struct machine *m);
bool machine_can_deliver(const struct machine *m);
bool machine_restorable(const struct machine *m, enum step step);
bool machine_can_save(const struct machine *m);

void machine_tidy(struct machine *m);

/* Properties that this state breaks, or could not but break later. */
unsigned int machine_violated(const struct machine *m);

#endif /* KVM_DEADLINE_MODEL_MACHINE_H */
