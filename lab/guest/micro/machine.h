/* SPDX-License-Identifier: GPL-2.0-only */
/* What the micro-guest needs of a PC: serial port, local APIC, kvmclock, a Hyper-V timer. */
#ifndef MICRO_MACHINE_H
#define MICRO_MACHINE_H

#include "kvmclock.h"

#define MSR_IA32_TSC_DEADLINE	0x6e0

/* LVT timer modes, bits 17 and 18. */
#define LVT_ONESHOT		(0 << 17)
#define LVT_TSC_DEADLINE	(2 << 17)

/* Divide by 16, as Linux does: 10 s still fit into the 32-bit counter. */
#define APIC_DIVISOR		16

/* KVM counts Hyper-V's time by kvmclock. */
#define NS_PER_STIMER_COUNT	100

u64 rdmsr(u32 msr);
void wrmsr(u32 msr, u64 value);
u32 kvm_features(void);
bool cpu_has_tsc_deadline(void);
bool cpu_has_direct_stimer(void);

void print(const char *text);
void print_field(const char *name, u64 value);
__attribute__((noreturn)) void power_off(void);
__attribute__((noreturn)) void die(const char *why);

/* Sets everything up; @on_timer runs at each timer interrupt, with IF clear. */
void machine_init(void (*on_timer)(void));
void lapic_set_timer_mode(u32 mode);
void lapic_start_count(u32 count);
void stimer_init(void);
void stimer_set_count(u64 count);

/* Takes one interrupt and returns with IF clear again. */
void halt(void);

struct pvclock clock_read(u64 *tsc);
u64 clock_ns(void);

#endif /* MICRO_MACHINE_H */
