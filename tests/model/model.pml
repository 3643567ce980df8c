/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest, host timer, save/restore and clock moves around core/timer.c, the file
 * that is shipped: what may happen when, in every order, within these budgets.
 */
c_decl {
\#include "machine.h"
/* Spin takes a call in a c_expr for a side effect. */
\#define CPUID_LEFT	machine_restorable(&now.m, CPUID)
\#define SREGS_LEFT	machine_restorable(&now.m, SREGS)
\#define LAPIC_LEFT	machine_restorable(&now.m, LAPIC)
\#define TSC_LEFT	machine_restorable(&now.m, TSC)
\#define TSC_KHZ_LEFT	machine_restorable(&now.m, TSC_KHZ)
\#define CLOCK_MSR_LEFT	machine_restorable(&now.m, CLOCK_MSR)
\#define CLOCK_LEFT	machine_restorable(&now.m, CLOCK)
\#define TSC_DEADLINE_LEFT	machine_restorable(&now.m, TSC_DEADLINE)
\#define DEADLINE_LEFT	machine_restorable(&now.m, DEADLINE)
\#define CAN_SAVE	machine_can_save(&now.m)
\#define BUSY	machine_busy(&now.m)
\#define CAN_DELIVER	machine_can_deliver(&now.m)
\#define VIOLATED	machine_violated(&now.m)
}
c_state "struct machine m" "Global"

#define TICKS		2
#define WRITES		2
#define CLOCK_MOVES	1
#define RESTORES	1

#define DO(action)	c_code { action machine_tidy(&now.m); }
#define CAN(condition)	c_expr { condition }

byte ticks, writes, clock_moves, restores;

inline guest_writes() {
	writes++;
	if
	:: DO(machine_arm(&now.m, 0);)
	:: DO(machine_arm(&now.m, 2);)
	:: DO(machine_arm(&now.m, 5);)
	:: DO(machine_arm_or_elide(&now.m, 5);)
	:: DO(machine_arm_tsc(&now.m, 2);)
	:: DO(machine_disarm(&now.m);)
	:: DO(machine_disarm_tsc(&now.m);)
	:: DO(machine_toggle_mode(&now.m);)
	:: DO(machine_toggle_apic(&now.m);)
	:: DO(machine_toggle_svr(&now.m);)
	fi
}

inline clock_moves_on() {
	clock_moves++;
	if
	:: DO(machine_move_clock(&now.m, 3);)
	:: DO(machine_move_clock(&now.m, -3);)
	:: DO(machine_move_tsc(&now.m, 3);)
	:: DO(machine_move_tsc(&now.m, -3);)
	:: DO(machine_move_cpu(&now.m);)
	fi
}

/* Any step that is left and that KVM would take. */
inline restore_one() {
	if
	:: CAN(CPUID_LEFT) -> DO(machine_restore(&now.m, CPUID);)
	:: CAN(SREGS_LEFT) -> DO(machine_restore(&now.m, SREGS);)
	:: CAN(LAPIC_LEFT) -> DO(machine_restore(&now.m, LAPIC);)
	:: CAN(TSC_LEFT) -> DO(machine_restore(&now.m, TSC);)
	:: CAN(TSC_KHZ_LEFT) -> DO(machine_restore(&now.m, TSC_KHZ);)
	:: CAN(CLOCK_MSR_LEFT) -> DO(machine_restore(&now.m, CLOCK_MSR);)
	:: CAN(CLOCK_LEFT) -> DO(machine_restore(&now.m, CLOCK);)
	:: CAN(TSC_DEADLINE_LEFT) -> DO(machine_restore(&now.m, TSC_DEADLINE);)
	:: CAN(DEADLINE_LEFT) -> DO(machine_restore(&now.m, DEADLINE);)
	fi
}

active proctype world() {
	DO(machine_init(&now.m);)
	do
	:: atomic { ticks < TICKS -> ticks++; DO(machine_tick(&now.m);) }
	:: atomic { CAN(now.m.todo) -> restore_one() }
	:: atomic { writes < WRITES && CAN(now.m.where == INSIDE) -> guest_writes() }
	:: atomic { clock_moves < CLOCK_MOVES && CAN(!now.m.telling && !now.m.todo) -> clock_moves_on() }
	:: atomic { CAN(now.m.telling) -> DO(machine_tell(&now.m);) }
	:: atomic { CAN(now.m.where == INSIDE || now.m.where == HALTING) -> DO(machine_halt(&now.m);) }
	:: atomic { CAN(now.m.where == INSIDE || now.m.where == BLOCKED) -> DO(now.m.where = OUTSIDE;) }
	:: atomic { CAN(now.m.where == OUTSIDE && !now.m.todo) -> DO(machine_enter(&now.m);) }
	:: atomic { CAN(BUSY && now.m.where == INSIDE) -> DO(machine_process(&now.m);) }
	:: atomic { CAN(CAN_DELIVER && now.m.where == INSIDE) -> DO(machine_deliver(&now.m);) }
	:: atomic { CAN(BUSY && now.m.where == BLOCKED) -> DO(machine_wake(&now.m);) }
	/* Some clocks run fast: the host's timer may come a little early. */
	:: atomic { CAN(now.m.hrtimer && now.m.now + 1 >= now.m.expires) -> DO(machine_hrtimer(&now.m);) }
	:: atomic { restores < RESTORES && CAN(CAN_SAVE) -> restores++;
		if
		:: DO(machine_save(&now.m, 1, true);)
		:: DO(machine_save(&now.m, 2, true);)
		/* By a VMM that does not know the MSR: D is lost, the guest finds out. */
		:: DO(machine_save(&now.m, 1, false);)
		fi }
	:: atomic { CAN(VIOLATED) -> assert(false) }
	od
}
