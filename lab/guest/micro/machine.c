// SPDX-License-Identifier: GPL-2.0-only
#include <cpuid.h>

#include "machine.h"

#define CPUID_1_ECX_X2APIC		0x200000
#define CPUID_1_ECX_TSC_DEADLINE	0x1000000

#define MSR_IA32_APICBASE	0x1b
#define APICBASE_X2APIC		(3 << 10)	/* enabled, in x2APIC mode */
#define MSR_KVM_SYSTEM_TIME	0x4b564d01
#define SYSTEM_TIME_ENABLE	1

/* x2APIC registers; the names are the kernel's. */
#define APIC_EOI		0x80b
#define APIC_SPIV		0x80f
#define APIC_LVTT		0x832
#define APIC_TMICT		0x838
#define APIC_TDCR		0x83e
#define APIC_SPIV_ENABLED	0x1ff		/* spurious vector 0xff */
#define APIC_TDR_DIV_16		3
#define TIMER_VECTOR		0x40

#define COM1			0x3f8
#define COM1_LSR		(COM1 + 5)
#define LSR_THR_EMPTY		0x20
#define KEYBOARD_COMMAND	0x64
#define KEYBOARD_RESET		0xfe
#define PIC1_MASK		0x21
#define PIC2_MASK		0xa1

/* KVM's leaves come second where Hyper-V's are shown as well. */
#define HYPERVISOR_BASES	0x40000000
#define HYPERVISOR_STEP		0x100
#define KVM_SIGNATURE_EBX	0x4b4d564b	/* "KVMK" */
#define HYPERV_SIGNATURE_EBX	0x7263694d	/* "Micr" */
#define HYPERV_FEATURES		3
#define HV_STIMER_DIRECT_MODE_AVAILABLE	(1 << 19)

#define HV_X64_MSR_STIMER0_CONFIG	0x400000b0
#define HV_X64_MSR_STIMER0_COUNT	0x400000b1
#define STIMER_AUTO_ENABLE	(1 << 3)	/* by a count that is not 0 */
#define STIMER_VECTOR(vector)	((vector) << 4)
#define STIMER_DIRECT_MODE	(1 << 12)	/* raise that vector, send no message */

struct interrupt_frame;

struct idt_gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_middle;
	u32 offset_high;
	u32 zero;
};

struct descriptor {
	u16 limit;
	u64 base;
} __attribute__((packed));

static struct idt_gate idt[256];
static void (*timer_handler)(void);

static struct pvclock clock_page;

static void port_write(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static u8 port_read(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (u64)high << 32 | low;
}

void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static u32 cpuid_ecx(u32 leaf)
{
	u32 eax, ebx, ecx, edx;

	__cpuid(leaf, eax, ebx, ecx, edx);
	return ecx;
}

/* The first leaf of the hypervisor that signs so, or 0. */
static u32 hypervisor_base(u32 signature_ebx)
{
	u32 eax, ebx, ecx, edx;

	for (int i = 0; i < 2; i++) {
		__cpuid(HYPERVISOR_BASES + i * HYPERVISOR_STEP, eax, ebx, ecx, edx);
		if (ebx == signature_ebx)
			return HYPERVISOR_BASES + i * HYPERVISOR_STEP;
	}
	return 0;
}

u32 kvm_features(void)
{
	u32 base = hypervisor_base(KVM_SIGNATURE_EBX);
	u32 eax, ebx, ecx, edx;

	if (!base)
		die("this is not a KVM guest");
	__cpuid(base + 1, eax, ebx, ecx, edx);
	return eax;
}

bool cpu_has_direct_stimer(void)
{
	u32 base = hypervisor_base(HYPERV_SIGNATURE_EBX);
	u32 eax, ebx, ecx, edx = 0;

	if (base)
		__cpuid(base + HYPERV_FEATURES, eax, ebx, ecx, edx);
	return edx & HV_STIMER_DIRECT_MODE_AVAILABLE;
}

bool cpu_has_tsc_deadline(void)
{
	return cpuid_ecx(1) & CPUID_1_ECX_TSC_DEADLINE;
}

static void print_char(char c)
{
	while (!(port_read(COM1_LSR) & LSR_THR_EMPTY))
		;
	port_write(COM1, c);
}

void print(const char *text)
{
	while (*text)
		print_char(*text++);
}

void print_field(const char *name, u64 value)
{
	char digits[21];
	char *digit = digits + sizeof(digits) - 1;

	*digit = 0;
	do {
		*--digit = '0' + value % 10;
		value /= 10;
	} while (value);
	print(name);
	print(digit);
}

void power_off(void)
{
	/* The keyboard controller's reset line; QEMU runs with -no-reboot. */
	port_write(KEYBOARD_COMMAND, KEYBOARD_RESET);
	for (;;)
		asm volatile("cli; hlt");
}

void die(const char *why)
{
	print("FAIL ");
	print(why);
	print("\n");
	power_off();
}

static __attribute__((interrupt)) void on_timer_vector(struct interrupt_frame *frame)
{
	timer_handler();
	wrmsr(APIC_EOI, 0);
}

static __attribute__((interrupt)) void on_other_vector(struct interrupt_frame *frame)
{
	die("unexpected interrupt or exception");
}

static void set_gate(int vector, void (*handler)(struct interrupt_frame *))
{
	u64 offset = (u64)handler;

	idt[vector] = (struct idt_gate){
		.offset_low = offset,
		.selector = 8,
		.type = 0x8e,		/* present, 64-bit interrupt gate */
		.offset_middle = offset >> 16,
		.offset_high = offset >> 32,
	};
}

static void idt_init(void)
{
	struct descriptor pointer = { sizeof(idt) - 1, (u64)idt };

	for (int vector = 0; vector < 256; vector++)
		set_gate(vector, on_other_vector);
	set_gate(TIMER_VECTOR, on_timer_vector);
	asm volatile("lidt %0" : : "m"(pointer));
}

static void lapic_init(void)
{
	if (!(cpuid_ecx(1) & CPUID_1_ECX_X2APIC))
		die("no x2APIC, start QEMU with -cpu ...,+x2apic");

	/* The BIOS leaves the PIT ticking through the PIC. */
	port_write(PIC1_MASK, 0xff);
	port_write(PIC2_MASK, 0xff);
	wrmsr(MSR_IA32_APICBASE, rdmsr(MSR_IA32_APICBASE) | APICBASE_X2APIC);
	wrmsr(APIC_SPIV, APIC_SPIV_ENABLED);
	wrmsr(APIC_TDCR, APIC_TDR_DIV_16);
}

void machine_init(void (*on_timer)(void))
{
	timer_handler = on_timer;
	kvm_features();
	idt_init();
	lapic_init();
	wrmsr(MSR_KVM_SYSTEM_TIME, (u64)&clock_page | SYSTEM_TIME_ENABLE);
}

void lapic_set_timer_mode(u32 mode)
{
	wrmsr(APIC_LVTT, mode | TIMER_VECTOR);
}

void lapic_start_count(u32 count)
{
	wrmsr(APIC_TMICT, count);
}

void stimer_init(void)
{
	wrmsr(HV_X64_MSR_STIMER0_CONFIG,
	      STIMER_DIRECT_MODE | STIMER_VECTOR(TIMER_VECTOR) | STIMER_AUTO_ENABLE);
}

void stimer_set_count(u64 count)
{
	wrmsr(HV_X64_MSR_STIMER0_COUNT, count);
}

void halt(void)
{
	/* STI takes effect after HLT: no interrupt slips in between. */
	asm volatile("sti; hlt; cli" : : : "memory");
}

struct pvclock clock_read(u64 *tsc)
{
	return pvclock_read(&clock_page, tsc);
}

u64 clock_ns(void)
{
	u64 tsc;
	struct pvclock clock = clock_read(&tsc);

	return pvclock_ns(&clock, tsc);
}
