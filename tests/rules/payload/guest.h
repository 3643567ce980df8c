/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What code inside a micro-guest may call.
 *
 * A guest function is an ordinary function of the test program: the program's
 * own pages are the guest's memory at the same addresses, so globals are shared
 * with the host side and pointers mean the same on both.  It runs in ring 0,
 * 64-bit, interrupts off, and must not call libc.
 */
#ifndef RULES_GUEST_H
#define RULES_GUEST_H

#include <asm/kvm_para.h>

#include "../../../include/kvm_deadline.h"
#include "../../kvmclock.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define MSR_IA32_TSC			0x10
#define MSR_IA32_APICBASE		0x1b
#define MSR_IA32_TSC_ADJUST		0x3b
#define MSR_IA32_TSC_DEADLINE		0x6e0
#define MSR_X2APIC_EOI			0x80b
#define MSR_X2APIC_SVR			0x80f
#define MSR_X2APIC_ISR			0x810
#define MSR_X2APIC_IRR			0x820
#define MSR_X2APIC_ICR			0x830
#define MSR_X2APIC_LVTT			0x832
#define MSR_X2APIC_TMICT		0x838
#define MSR_X2APIC_TDCR			0x83e
#define MSR_X2APIC_SELF_IPI		0x83f

#define APICBASE_ENABLED		(1u << 11)
#define APICBASE_X2APIC			(1u << 10)

#define SVR_ENABLED			0x1ff	/* spurious vector 0xff */
#define SVR_DISABLED			0x0ff

#define LVTT_ONE_SHOT			(0u << 17)
#define LVTT_PERIODIC			(1u << 17)
#define LVTT_DEADLINE			(2u << 17)
#define LVTT_MASKED			(1u << 16)

/* Any vector above the exceptions will do. */
#define TIMER_VECTOR			0x41
#define TIMER_IRR			(MSR_X2APIC_IRR + TIMER_VECTOR / 32)
#define TIMER_ISR			(MSR_X2APIC_ISR + TIMER_VECTOR / 32)
#define TIMER_BIT			(1u << TIMER_VECTOR % 32)

/* Guest to host: an event is its number written to this port. */
#define EVENT_PORT			0xf4

enum event {
	EVENT_DONE = 1,		/* the guest function returned */
	EVENT_SYNC,		/* it wants the host side to do its part */
	EVENT_FAIL,		/* an EXPECT in it did not hold */
	EVENT_KICKED,		/* KVM_RUN was interrupted, not from the guest */
	EVENT_RDMSR,		/* MSR exits, not from the guest */
	EVENT_WRMSR,
};

/**
 * struct guest - what the two sides tell each other
 * @msr: deadline MSR under test: MSR_KVM_DEADLINE or MSR_IA32_TSC_DEADLINE
 * @tsc_khz: guest TSC rate, for deadlines in TSC ticks
 * @seed: of next_random(), never 0
 * @irqs: timer interrupts taken
 * @irq_now: guest_now() at the entry of the last one
 * @irq_left: @msr as read by its handler
 * @faults: #GP taken by MSR accesses since take_faults()
 * @deadline: last value that arm() wrote
 * @ready: set by a guest whose next step is to wait
 * @steps: what a guest that may be kept out has done so far
 * @arg: whatever one test needs, host to guest or back
 */
struct guest {
	u32 msr;
	u32 tsc_khz;
	u64 seed;
	u64 irqs;
	u64 irq_now;
	u64 irq_left;
	u64 faults;
	u64 deadline;
	u64 ready;
	u64 steps;
	u64 arg[4];
};

struct failure {
	const char *file;
	const char *what;
	u64 line;
	u64 left;
	u64 right;
};

/* Plain memory: whatever waits for a change calls relax() or leaves the guest. */
extern struct guest guest;
extern struct failure failure;

struct idt_gate {
	u16 offset_low, selector, flags, offset_mid;
	u32 offset_high, zero;
};

/* For the host side: what to run and what to load into the vCPU. */
void guest_entry(void (*fn)(void));
void guest_tables_init(void);
extern u64 guest_pml4[], guest_gdt[];
extern struct idt_gate guest_idt[];

#define GUEST_IDT_BYTES		(256 * sizeof(struct idt_gate))
#define GUEST_GDT_BYTES		(3 * sizeof(u64))

void guest_event(enum event event);
void guest_fail(const char *file, int line, const char *what,
		u64 left, u64 right);

/* Compare two u64 in the guest; EXPECT() in vm.h is the host side's. */
#define G_EXPECT(left, operator, right)					\
do {									\
	u64 left_ = (left), right_ = (right);				\
									\
	if (!(left_ operator right_))					\
		guest_fail(__FILE__, __LINE__,				\
			   #left " " #operator " " #right, left_, right_); \
} while (0)

static inline u64 rdmsr(u32 msr)
{
	u32 low = 0, high = 0;

	/* A #GP is counted and the access skipped. */
	asm volatile("rdmsr" : "+a" (low), "+d" (high) : "c" (msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value),
		     "d" ((u32)(value >> 32)) : "memory");
}

static inline void irq_on(void)
{
	asm volatile("sti" : : : "memory");
}

static inline void irq_off(void)
{
	asm volatile("cli" : : : "memory");
}

static inline void relax(void)
{
	/* No pause instruction: an emulator leaves its fast path at each. */
	asm volatile("" : : : "memory");
}

/* This vCPU's clock, and what it says now. */
struct pvclock kvmclock(u64 *tsc);
u64 kvmclock_ns(void);
u64 take_faults(void);
u64 next_random(void);

/* In the unit of guest.msr: kvmclock nanoseconds or TSC ticks. */
u64 guest_now(void);
u64 from_us(u64 us);

/* Write now + @us to guest.msr; a deadline_us of 0 is past when it arrives. */
u64 arm(u64 us);
void set_lvtt(u32 mode);
u32 timer_irr(void);

/* Until irqs has reached @irqs; return with interrupts off. */
void wait_busy(u64 irqs);
void wait_halted(u64 irqs);
void wait_irr(u64 irqs);

/* With interrupts on, let in what is in the IRR already. */
void take_pending(void);

/*
 * After a step that must come before @deadline: true when it came too late, so
 * that the timer may rightly have fired.  Lets that in; try again.
 */
bool too_late(u64 now, u64 deadline);

/* Interrupts on until @us have passed; they must not bring any timer. */
void expect_quiet(u64 us);

/* Bring the APIC back from any APICBASE state, with the timer in mode 10b. */
void apic_enable(void);
/* Off in APICBASE: the SDM has its state lost. */
void apic_disable(void);
/* The vCPU's clock page, on or off: when it goes on the host writes it at once. */
void set_clock_page(bool on);

#endif /* RULES_GUEST_H */
