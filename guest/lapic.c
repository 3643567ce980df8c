// SPDX-License-Identifier: GPL-2.0-only
/*
 * The replacements for two functions of arch/x86/kernel/apic/apic.c.
 *
 * Backends change under an armed timer: a new arm in whichever of the two MSRs
 * takes over from the other one (R05), and a shutdown clears both.
 */
#include <linux/clockchips.h>
#include <linux/minmax.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
/* Uses struct pvclock_vsyscall_time_info without declaring it. */
#include <asm/kvmclock.h>

#include "../core/clock.h"
#include "../include/kvm_deadline.h"
#include "guest.h"

/* The tick of lapic-deadline is 8 TSC ticks; private to the kernel's apic.c. */
#define TSC_DIVISOR	8

DEFINE_PER_CPU(enum backend, cpu_backend);
DEFINE_PER_CPU(struct backend_stats, backend_stats);

static_assert(sizeof(struct kvm_deadline_page) ==
	      sizeof(struct pvclock_vcpu_time_info));

/*
 * One sample of this CPU's kvmclock and the parameters it was computed with.
 * Interrupts are off: the CPU and hence the page stay the same.
 */
static u64 kvmclock_sample_ns(struct kvm_deadline_clock *clock)
{
	const struct kvm_deadline_page *page = (void *)this_cpu_hvclock();
	u32 version;
	u64 tsc;

	do {
		version = kvm_deadline_page_begin(page);
		kvm_deadline_page_copy(page, clock);
		tsc = rdtsc_ordered();
	} while (kvm_deadline_page_retry(page, version));

	return kvm_deadline_clock_ns(clock, tsc);
}

/*
 * Clockevents converts with ticks = (ns * mult) >> shift, so anything below
 * ticks + 1 may have been asked for: round up, R02 starts here.  Saturates at
 * 2^63 - 1, clockevents' own idea of never.
 */
static u64 ticks_to_ns(u64 ticks, const struct clock_event_device *evt)
{
	/* Read in the call: the TSC refinement may still correct them. */
	u32 mult = READ_ONCE(evt->mult);
	u32 shift = READ_ONCE(evt->shift);
	u64 whole = (ticks + 1) / mult;
	u64 rest = (ticks + 1) % mult;

	/* shift is at most 32, so the rest cannot overflow. */
	if (whole >> (63 - shift))
		return KTIME_MAX;
	return (whole << shift) + DIV_ROUND_UP_ULL(rest << shift, mult);
}

static u64 kvmclock_deadline_ns(unsigned long delta,
				const struct clock_event_device *evt,
				struct kvm_deadline_clock *clock)
{
	u64 delta_ns = ticks_to_ns(delta, evt);
	u64 now_ns = kvmclock_sample_ns(clock);

	return now_ns + min(delta_ns, U64_MAX - now_ns);
}

static void arm_native(unsigned long delta)
{
	/* As in lapic_next_deadline(): this MSR write does not serialise. */
	weak_wrmsr_fence();
	wrmsrl(MSR_IA32_TSC_DEADLINE, rdtsc() + (u64)delta * TSC_DIVISOR);
}

static void arm_kvmclock(unsigned long delta,
			 const struct clock_event_device *evt)
{
	struct kvm_deadline_clock clock;
	u64 deadline_ns = kvmclock_deadline_ns(delta, evt, &clock);

	weak_wrmsr_fence();
	wrmsrl(MSR_IA32_TSC_DEADLINE,
	       kvm_deadline_clock_tsc(&clock, deadline_ns));
}

/* No fence: the write always traps, and a VM exit serialises. */
static bool arm_msr(unsigned long delta, const struct clock_event_device *evt)
{
	struct kvm_deadline_clock clock;
	u64 deadline_ns = kvmclock_deadline_ns(delta, evt, &clock);

	return !wrmsrl_safe(MSR_KVM_DEADLINE, deadline_ns);
}

/* A VMM that breaks its promise costs this CPU the feature, not the timer. */
static enum backend give_up_msr(void)
{
	this_cpu_inc(backend_stats.refused);
	this_cpu_write(cpu_backend, BACKEND_NATIVE);
	return BACKEND_NATIVE;
}

/* Replaces lapic_next_deadline(); called with interrupts off. */
int deadline_next_event(unsigned long delta, struct clock_event_device *evt)
{
	enum backend backend = this_cpu_read(cpu_backend);

	if (backend == BACKEND_MSR && !arm_msr(delta, evt))
		backend = give_up_msr();
	else if (backend == BACKEND_KVMCLOCK)
		arm_kvmclock(delta, evt);

	if (backend == BACKEND_NATIVE)
		arm_native(delta);
	this_cpu_inc(backend_stats.arms[backend]);
	return 0;
}

/* Replaces lapic_timer_shutdown(), which serves the one-shot device too. */
int deadline_shutdown(struct clock_event_device *evt)
{
	u32 lvtt;

	/* A dummy only forwards broadcasts, its LVT entry is not in use. */
	if (evt->features & CLOCK_EVT_FEAT_DUMMY)
		return 0;

	lvtt = apic->read(APIC_LVTT) | APIC_LVT_MASKED | LOCAL_TIMER_VECTOR;
	apic->write(APIC_LVTT, lvtt);

	/* Masked is not enough for some hardware, see lapic_timer_shutdown(). */
	if (!(lvtt & APIC_LVT_TIMER_TSCDEADLINE)) {
		apic->write(APIC_TMICT, 0);
		return 0;
	}
	wrmsrl(MSR_IA32_TSC_DEADLINE, 0);
	/* R05: that zero left ours alone.  Never armed here: save the exit. */
	if (this_cpu_read(backend_stats.arms[BACKEND_MSR]))
		wrmsrl_safe(MSR_KVM_DEADLINE, 0);
	return 0;
}
