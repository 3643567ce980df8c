// SPDX-License-Identifier: GPL-2.0-only
/* The guest's side of the library: tables, handlers, waits. */
#include "guest.h"

#define PAGE		4096
#define PTE_PRESENT	(1ull << 0)
#define PTE_WRITE	(1ull << 1)
#define PTE_LARGE	(1ull << 7)
#define CODE_SELECTOR	0x08

struct guest guest;
struct failure failure;

u64 guest_pml4[512] __attribute__((aligned(PAGE)));
static u64 pdpt[512] __attribute__((aligned(PAGE)));
static u64 page_directory[512] __attribute__((aligned(PAGE)));
/* Null, 64-bit ring-0 code, flat data: what iretq reloads. */
u64 guest_gdt[3] = { 0, 0x00af9b000000ffffull, 0x00cf93000000ffffull };
struct idt_gate guest_idt[256];

static struct pvclock clock_page;

struct frame {
	u64 rip, cs, rflags, rsp, ss;
};

void guest_event(enum event event)
{
	asm volatile("outl %0, %1" : : "a" ((u32)event),
		     "Nd" ((u16)EVENT_PORT) : "memory");
}

void guest_fail(const char *file, int line, const char *what,
		u64 left, u64 right)
{
	failure = (struct failure){ file, what, line, left, right };
	for (;;)
		guest_event(EVENT_FAIL);
}

static void __attribute__((interrupt)) on_timer(struct frame *frame)
{
	(void)frame;
	guest.irq_now = guest_now();
	guest.irq_left = rdmsr(guest.msr);
	guest.irqs++;
	wrmsr(MSR_X2APIC_EOI, 0);
}

/* RDMSR is 0f 32, WRMSR 0f 30: count and skip these, fail on the rest. */
static void __attribute__((interrupt)) on_gp(struct frame *frame, u64 error)
{
	const u8 *code = (const u8 *)frame->rip;

	if (code[0] != 0x0f || (code[1] & ~2) != 0x30)
		guest_fail(__FILE__, __LINE__, "#GP(error) at rip", error,
			   frame->rip);
	guest.faults++;
	frame->rip += 2;
	/* For iretq: gcc 14 takes it for a parameter that nobody reads again. */
	asm volatile("" : : "m" (frame->rip));
}

/* With an error code rip is the second word, without one the first. */
static void __attribute__((interrupt)) on_stray(struct frame *frame)
{
	guest_fail(__FILE__, __LINE__, "stray exception or interrupt",
		   frame->rip, frame->cs);
}

static void set_gate(int vector, const void *handler)
{
	u64 offset = (u64)handler;

	/* Present interrupt gate, so handlers run with interrupts off. */
	guest_idt[vector] = (struct idt_gate){ offset, CODE_SELECTOR, 0x8e00,
					       offset >> 16, offset >> 32, 0 };
}

void guest_tables_init(void)
{
	int i;

	/* The test program is linked within the first GiB. */
	guest_pml4[0] = (u64)pdpt | PTE_PRESENT | PTE_WRITE;
	pdpt[0] = (u64)page_directory | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < 512; i++)
		page_directory[i] = ((u64)i << 21) | PTE_PRESENT | PTE_WRITE |
				    PTE_LARGE;
	for (i = 0; i < 256; i++)
		set_gate(i, on_stray);
	set_gate(13, on_gp);
	set_gate(TIMER_VECTOR, on_timer);
}

void guest_entry(void (*fn)(void))
{
	set_clock_page(true);
	apic_enable();
	fn();
	G_EXPECT(take_faults(), ==, 0);
	for (;;)
		guest_event(EVENT_DONE);
}

void set_clock_page(bool on)
{
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&clock_page | on);
}

struct pvclock kvmclock(u64 *tsc)
{
	return pvclock_read(&clock_page, tsc);
}

u64 kvmclock_ns(void)
{
	u64 tsc;
	struct pvclock clock = kvmclock(&tsc);

	return pvclock_ns(&clock, tsc);
}

u64 take_faults(void)
{
	u64 faults = guest.faults;

	guest.faults = 0;
	return faults;
}

/* xorshift64: good enough to choose inputs, and repeatable. */
u64 next_random(void)
{
	u64 x = guest.seed;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	guest.seed = x;
	return x;
}

u64 guest_now(void)
{
	return guest.msr == MSR_KVM_DEADLINE ? kvmclock_ns() : read_tsc();
}

u64 from_us(u64 us)
{
	return us * (guest.msr == MSR_KVM_DEADLINE ? 1000000 : guest.tsc_khz) /
	       1000;
}

u64 arm(u64 us)
{
	guest.deadline = guest_now() + from_us(us);
	wrmsr(guest.msr, guest.deadline);
	return guest.deadline;
}

void set_lvtt(u32 mode)
{
	wrmsr(MSR_X2APIC_LVTT, mode | TIMER_VECTOR);
}

u32 timer_irr(void)
{
	return rdmsr(TIMER_IRR) & TIMER_BIT;
}

void wait_busy(u64 irqs)
{
	irq_on();
	while (guest.irqs < irqs)
		relax();
	irq_off();
}

void wait_halted(u64 irqs)
{
	while (guest.irqs < irqs)
		/* sti holds interrupts off until the hlt has begun. */
		asm volatile("sti; hlt; cli" : : : "memory");
}

void wait_irr(u64 irqs)
{
	u64 now;

	while (!timer_irr())
		relax();
	/* Closer to the moment of expiry than the handler's own reading. */
	now = guest_now();
	take_pending();
	G_EXPECT(guest.irqs, ==, irqs);
	guest.irq_now = now;
}

void take_pending(void)
{
	irq_on();
	while (timer_irr())
		relax();
	irq_off();
}

bool too_late(u64 now, u64 deadline)
{
	if (now < deadline)
		return false;
	take_pending();
	return true;
}

void expect_quiet(u64 us)
{
	u64 irqs = guest.irqs, end = guest_now() + from_us(us);

	irq_on();
	while (guest_now() < end)
		relax();
	irq_off();
	G_EXPECT(guest.irqs, ==, irqs);
}

void apic_enable(void)
{
	u64 base = rdmsr(MSR_IA32_APICBASE);

	/* x2APIC is entered through xAPIC only. */
	wrmsr(MSR_IA32_APICBASE, base | APICBASE_ENABLED);
	wrmsr(MSR_IA32_APICBASE, base | APICBASE_ENABLED | APICBASE_X2APIC);
	wrmsr(MSR_X2APIC_SVR, SVR_ENABLED);
	set_lvtt(LVTT_DEADLINE);
}

void apic_disable(void)
{
	wrmsr(MSR_IA32_APICBASE, rdmsr(MSR_IA32_APICBASE) &
				 ~(u64)(APICBASE_ENABLED | APICBASE_X2APIC));
}
