/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of /proc; the tool's, and of the lab's sleeper. */
#ifndef KVM_DEADLINE_TOOL_PROC_H
#define KVM_DEADLINE_TOOL_PROC_H

#include <stdint.h>

/*
 * /proc/interrupts, to be kept open: closing it makes RCU ask for timer interrupts
 * of its own, which would be counted next.
 */
int interrupts_open(void);

/* Local timer interrupts of one CPU, or of all with cpu -1; 0 if not counted. */
uint64_t interrupts_local_timer(int fd, int cpu);

/* It counts in these, whatever the kernel's tick is. */
#define STEAL_UNIT_NS	10000000ULL

/* /proc/stat, and the time that the host ran something else on this CPU. */
int steal_open(void);
uint64_t steal_ns(int fd, int cpu);

#endif /* KVM_DEADLINE_TOOL_PROC_H */
