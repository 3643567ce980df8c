/* SPDX-License-Identifier: GPL-2.0-only */
/* What KVM does for a timer on this host, counted. */
#ifndef RULES_COUNT_H
#define RULES_COUNT_H

#include "vm.h"

#define ARMS	50
/* Near enough to wait for, and far enough to be armed over and over. */
#define NEAR_US	2000
#define FAR_US	3600000000ull

/*
 * Only what happens in the vCPU's own context is counted, so other VMs of the host
 * do not count.
 */
enum counted {
	FULL_WRMSR,		/* writes that took the full exit, not the fastpath */
	PREEMPTION_TIMER,	/* expiries of the VMX preemption timer */
	POSTED,			/* interrupts that APICv or AVIC took */
	COUNTED,
};

struct counts {
	u64 of[COUNTED];
};

extern const char *const counted_name[COUNTED];

/* This host's kernel can count that, and we are allowed to. */
bool can_count(enum counted what);

/*
 * One guest arms @msr ARMS times, @us ahead, and waits for each asleep or spinning;
 * FAR_US: for none.  What cannot be counted is 0.
 */
struct counts count_arms(u32 msr, u64 us, bool halted);

#endif /* RULES_COUNT_H */
