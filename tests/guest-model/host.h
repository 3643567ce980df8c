/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine under guest/lapic.c: time, the clock page and the APIC's timer. */
#ifndef KVM_DEADLINE_GUEST_MODEL_HOST_H
#define KVM_DEADLINE_GUEST_MODEL_HOST_H

#include "kernel.h"

#define PS_PER_NS	1000ULL
#define PS_NEVER	UINT64_MAX

/**
 * struct host - what the guest cannot look at
 * @now_ps: time itself, which no clock step changes
 * @khz: rate of the TSC
 * @tsc_base: the TSC at @base_ps
 * @base_ps: when this machine took the guest in
 * @deadline_ns: D, 0 when not armed
 * @tsc_deadline: MSR_IA32_TSC_DEADLINE
 * @count_end_ps: when the APIC's counter ends, or PS_NEVER
 * @fire_ps: when what is armed fires, or PS_NEVER
 * @lvtt: the APIC's register
 * @expired: an expiry that waits for the LVT to be unmasked
 * @pending: the vector is in the IRR
 * @was_early: the last expiry came before its time
 * @early: timers may come up to 8 % early, as when the host's clock is slewed
 * @refuses: accesses of MSR_KVM_DEADLINE are #GP
 * @swallows: they are ignored, as with kvm.ignore_msrs=1
 * @steady: the page is never found half written
 */
struct host {
	u64 now_ps;
	u64 khz;
	u64 tsc_base;
	u64 base_ps;
	u64 deadline_ns;
	u64 tsc_deadline;
	u64 count_end_ps;
	u64 fire_ps;
	u32 lvtt;
	bool expired;
	bool pending;
	bool was_early;
	bool early;
	bool refuses;
	bool swallows;
	bool steady;
};

extern struct host host;

/* One stream of random numbers for all that happens. */
u64 random_u64(void);
u64 random_below(u64 limit);
void random_seed(u64 seed);

void host_start(u64 khz);

/* The guest's TSC and kvmclock at a time from now on. */
u64 host_tsc(u64 at_ps);
u64 host_clock_ns(u64 at_ps);
/* The first moment from now on at which @clock says @ns. */
u64 host_when(u64 (*clock)(u64 at_ps), u64 value);

/* Time passes, to no later than @fire_ps. */
void host_pass(u64 to_ps);

/* KVM_SET_CLOCK; 0 publishes the same clock anew. */
void host_step_clock(s64 by_ns);
void host_migrate(u64 khz);
/* A VMM restores the CPU without D. */
void host_lose_deadline(void);

/* INIT, as a CPU gets it that comes online. */
void host_reset_apic(void);

/* The APIC's initial count register, in ticks of 16 ns. */
void host_write_count(u64 ticks);

#endif /* KVM_DEADLINE_GUEST_MODEL_HOST_H */
