// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with one timer and nothing else, to be moved while that timer is
 * armed.  The kernel command line says what it does:
 *
 *	timer=native|oneshot|stimer|kvmclock|msr	how deadlines reach the hardware
 *	once=MS		arm once MS ahead, halt, tell when it fired
 *	watch=MS	the same, but run until the clock's rate changes, then tell
 *			which MSR is armed, then halt
 *	sleeps=N	N sleeps of 50 ms, READY after the second batch of them; each
 *			becomes a line "sleep INDEX K_US LATENESS_US INTERRUPTS"
 *
 * READY on the serial port means: save or move me now.
 */
#include "kvm_deadline.h"
#include "machine.h"

#define SLEEP_NS	50000000ULL
#define NS_PER_MS	1000000
#define NS_PER_US	1000

/* Printing takes time, so lines wait until this many sleeps are over. */
#define BATCH		100
/* One batch to warm up, one to measure before the move. */
#define READY_AFTER	(2 * BATCH)

/* What PVH hands over; only the command line matters here. */
struct hvm_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist_paddr;
	u64 cmdline_paddr;
};

struct timer {
	const char *name;
	u32 mode;
	void (*arm)(u64 deadline_ns);
};

struct sleep {
	u64 end_ns;
	u64 lateness_ns;
	u64 irqs;
};

/* The clock at boot: the only rate that native ever learns, as in Linux. */
static struct pvclock boot_clock;

static u64 irq_count;
static u64 irq_ns;

static void on_timer(void)
{
	irq_ns = clock_ns();
	irq_count++;
}

/* TSC ticks in @ns, rounded up: what pvclock_ns() does, backwards. */
static u64 ticks(const struct pvclock *rate, u64 ns)
{
	u64 mul = rate->tsc_to_system_mul, high = ns >> 32, low = ns << 32;

	/* KVM's multiplier has its highest bit set: no quotient is too large. */
	asm("divq %[mul]" : "+a" (low), "+d" (high) : [mul] "r" (mul) : "cc");
	low += high != 0;
	if (rate->tsc_shift < 0)
		return low << -rate->tsc_shift;
	return (low + (1ull << rate->tsc_shift) - 1) >> rate->tsc_shift;
}

static u64 ns_until(u64 deadline_ns)
{
	u64 now_ns = clock_ns();

	return deadline_ns > now_ns ? deadline_ns - now_ns : 0;
}

static void arm_native(u64 deadline_ns)
{
	wrmsr(MSR_IA32_TSC_DEADLINE, read_tsc() + ticks(&boot_clock, ns_until(deadline_ns)));
}

/* KVM's local APIC counts nanoseconds; a count of 0 would stop it. */
static void arm_oneshot(u64 deadline_ns)
{
	lapic_start_count(ns_until(deadline_ns) / APIC_DIVISOR + 1);
}

static void arm_stimer(u64 deadline_ns)
{
	stimer_set_count((deadline_ns + NS_PER_STIMER_COUNT - 1) / NS_PER_STIMER_COUNT);
}

static void arm_kvmclock(u64 deadline_ns)
{
	u64 tsc;
	struct pvclock clock = clock_read(&tsc);
	u64 now_ns = pvclock_ns(&clock, tsc);
	u64 ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;

	wrmsr(MSR_IA32_TSC_DEADLINE, tsc + ticks(&clock, ns));
}

static void arm_msr(u64 deadline_ns)
{
	wrmsr(MSR_KVM_DEADLINE, deadline_ns);
}

static const struct timer timers[] = {
	{ "native", LVT_TSC_DEADLINE, arm_native },
	{ "oneshot", LVT_ONESHOT, arm_oneshot },
	{ "stimer", LVT_ONESHOT, arm_stimer },
	{ "kvmclock", LVT_TSC_DEADLINE, arm_kvmclock },
	{ "msr", LVT_TSC_DEADLINE, arm_msr },
	{ NULL }
};

static bool has_msr(void)
{
	return kvm_features() & (1 << KVM_FEATURE_DEADLINE);
}

static void print_msrs(const char *name)
{
	print(name);
	print_field(" tsc=", rdmsr(MSR_IA32_TSC_DEADLINE));
	print_field(" kvm=", has_msr() ? rdmsr(MSR_KVM_DEADLINE) : 0);
	print("\n");
}

static bool rate_changed(void)
{
	u64 tsc;
	struct pvclock clock = clock_read(&tsc);

	return clock.tsc_to_system_mul != boot_clock.tsc_to_system_mul ||
	       clock.tsc_shift != boot_clock.tsc_shift;
}

static void run_once(const struct timer *timer, u64 ahead_ns, bool watch)
{
	u64 armed_ns = clock_ns();
	u64 deadline_ns = armed_ns + ahead_ns;
	bool early;

	timer->arm(deadline_ns);
	print_field("ARMED K=", armed_ns);
	print_field(" D=", deadline_ns);
	print("\n");
	print_msrs("ARMED_MSR");
	print("READY\n");
	if (watch) {
		while (!rate_changed())
			;
		print_msrs("MOVED_MSR");
	}
	while (!irq_count)
		halt();

	early = irq_ns < deadline_ns;
	print_field("FIRED D=", deadline_ns);
	print_field(" K=", irq_ns);
	print(early ? " late_ns=-" : " late_ns=");
	print_field("", early ? deadline_ns - irq_ns : irq_ns - deadline_ns);
	print_field(" early=", early);
	print_field(" irqs=", irq_count);
	print("\n");
	print_msrs("FIRED_MSR");
}

/* Returns the number of early interrupts; arms again after each, like Linux. */
static u64 sleep_once(const struct timer *timer, struct sleep *sleep)
{
	u64 deadline_ns = clock_ns() + SLEEP_NS;
	u64 first = irq_count;
	u64 irqs;

	do {
		irqs = irq_count;
		timer->arm(deadline_ns);
		while (irq_count == irqs)
			halt();
	} while (irq_ns < deadline_ns);

	sleep->end_ns = irq_ns;
	sleep->lateness_ns = irq_ns - deadline_ns;
	sleep->irqs = irq_count - first;
	return sleep->irqs - 1;
}

static void print_batch(const struct sleep *batch, u64 end)
{
	for (int i = 0; i < BATCH; i++) {
		print_field("sleep ", end - BATCH + i);
		print_field(" ", batch[i].end_ns / NS_PER_US);
		print_field(" ", batch[i].lateness_ns / NS_PER_US);
		print_field(".", batch[i].lateness_ns % NS_PER_US / 100);
		print_field(" ", batch[i].irqs);
		print("\n");
	}
}

static void run_sleeps(const struct timer *timer, u64 sleeps)
{
	static struct sleep batch[BATCH];
	bool moved = false;
	u64 early = 0;

	for (u64 done = 0; done < sleeps;) {
		early += sleep_once(timer, &batch[done++ % BATCH]);
		if (!moved && rate_changed()) {
			moved = true;
			print_field("MOVED ", done);
			print("\n");
		}
		if (done % BATCH == 0) {
			print_batch(batch, done);
			print_field("early=", early);
			print("\n");
		}
		if (done == READY_AFTER)
			print("READY\n");
	}
}

/* The text behind @word if @text starts with it, else NULL. */
static const char *skip_word(const char *text, const char *word)
{
	while (*word)
		if (*text++ != *word++)
			return NULL;
	return text;
}

/* The text behind @name on the command line, NULL when it is not there. */
static const char *option(const char *cmdline, const char *name)
{
	const char *value = NULL;

	while (*cmdline && !value)
		value = skip_word(cmdline++, name);
	return value;
}

static u64 option_u64(const char *cmdline, const char *name)
{
	const char *digit = option(cmdline, name);
	u64 value = 0;

	while (digit && *digit >= '0' && *digit <= '9')
		value = value * 10 + (*digit++ - '0');
	return value;
}

static const struct timer *find_timer(const char *cmdline)
{
	const char *want = option(cmdline, "timer=");
	const struct timer *timer;

	for (timer = timers; want && timer->name; timer++)
		if (skip_word(want, timer->name))
			return timer;
	die("say timer=native, oneshot, stimer, kvmclock or msr");
}

static void check_supported(const struct timer *timer)
{
	if (timer->arm == arm_msr && !has_msr())
		die("no MSR_KVM_DEADLINE, start QEMU with -cpu ...,+kvm-deadline");
	if (timer->arm == arm_stimer && !cpu_has_direct_stimer())
		die("no direct stimer, start QEMU with -cpu ...,+hv-stimer-direct");
	if (timer->mode == LVT_TSC_DEADLINE && !cpu_has_tsc_deadline() && !has_msr())
		die("no TSC deadline, start QEMU with -cpu ...,+tsc-deadline");
}

void micro_main(const struct hvm_start_info *start)
{
	const char *cmdline = (const char *)start->cmdline_paddr;
	const struct timer *timer;
	u64 tsc;

	machine_init(on_timer);
	timer = find_timer(cmdline);
	check_supported(timer);
	boot_clock = clock_read(&tsc);
	lapic_set_timer_mode(timer->mode);
	if (timer->arm == arm_stimer)
		stimer_init();

	if (option(cmdline, "sleeps="))
		run_sleeps(timer, option_u64(cmdline, "sleeps="));
	else if (option(cmdline, "watch="))
		run_once(timer, option_u64(cmdline, "watch=") * NS_PER_MS, true);
	else
		run_once(timer, option_u64(cmdline, "once=") * NS_PER_MS, false);
	print("DONE\n");
	power_off();
}
