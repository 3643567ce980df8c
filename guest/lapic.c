// SPDX-License-Identifier: GPL-2.0-only
/*
 * The replacements for functions of arch/x86/kernel/apic/apic.c, while a CPU's
 * backend is not native: see replace.c.
 *
 * Both of the kernel's clock events are served, lapic-deadline and, where there is
 * no TSC deadline, lapic.  They differ in the LVT timer mode, which for lapic is
 * not ours.  So the CPU's first arm sets mode 10b.  From then on the kernel's own
 * lapic_timer_set_oneshot() is what brings the native mode back.
 *
 * A new arm in either of the two MSRs takes over from the other one (R05), and
 * leaving mode 10b clears both (R08).  So whatever the kernel arms by itself while
 * the TSC is its clock source is what counts, though nothing here is called then.
 */
#include <linux/clockchips.h>
#include <linux/cpumask.h>
#include <linux/hardirq.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/timekeeping.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
/* Uses struct pvclock_vsyscall_time_info without declaring it. */
#include <asm/kvmclock.h>

#include "../core/clock.h"
#include "../include/kvm_deadline.h"
#include "compat.h"
#include "guest.h"

DEFINE_PER_CPU(enum backend, kvm_deadline_backend);
DEFINE_PER_CPU(struct backend_stats, kvm_deadline_stats);

/* This CPU's clock event while its LVT is in the mode we set, else NULL. */
static DEFINE_PER_CPU(struct clock_event_device *, deadline_evt);

/* Since this CPU joined: the host keeps what is written to MSR_KVM_DEADLINE. */
static DEFINE_PER_CPU(bool, msr_proven);

/**
 * struct armed - the last write of this CPU's MSR_KVM_DEADLINE in that mode
 * @deadline_ns: what was written, or 0
 * @page_version: of the clock that it was computed with
 * @timer_irqs: timer interrupts that this CPU had taken by then
 */
struct armed {
	u64 deadline_ns;
	u32 page_version;
	unsigned int timer_irqs;
};

static DEFINE_PER_CPU(struct armed, armed);

/**
 * struct sample - this CPU's kvmclock at one moment
 * @clock: the parameters
 * @page_version: of the page they were read from
 * @tsc: the moment
 * @now_ns: kvmclock then
 */
struct sample {
	struct kvm_deadline_clock clock;
	u32 page_version;
	u64 tsc;
	u64 now_ns;
};

static_assert(sizeof(struct kvm_deadline_page) ==
	      sizeof(struct pvclock_vcpu_time_info));

/* Interrupts are off: the CPU and hence the page stay the same. */
static void take_sample(struct sample *sample)
{
	const struct pvclock_vcpu_time_info *page = this_cpu_pvti();

	do {
		sample->page_version = pvclock_read_begin(page);
		kvm_deadline_page_copy((const void *)page, &sample->clock);
		sample->tsc = rdtsc_ordered();
	} while (pvclock_read_retry(page, sample->page_version));

	sample->now_ns = kvm_deadline_clock_ns(&sample->clock, sample->tsc);
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

static u64 deadline_after(u64 now_ns, unsigned long delta,
			  const struct clock_event_device *evt)
{
	u64 delta_ns = ticks_to_ns(delta, evt);

	return now_ns + min(delta_ns, U64_MAX - now_ns);
}

static void arm_kvmclock(unsigned long delta,
			 const struct clock_event_device *evt)
{
	struct sample now;
	u64 deadline_ns;

	take_sample(&now);
	deadline_ns = deadline_after(now.now_ns, delta, evt);

	/* As in lapic_next_deadline(): this MSR write does not serialise. */
	weak_wrmsr_fence();
	/* Not 0, which would disarm: the deadline is later than the sample. */
	wrmsrq(MSR_IA32_TSC_DEADLINE,
	       kvm_deadline_clock_tsc(&now.clock, deadline_ns, now.tsc));
}

/*
 * A timer that is cancelled has the next one armed, and mostly another is set
 * before that is due: leaving idle cancels the idle tick and starts the usual one.
 * An earlier deadline serves for a later one, since the kernel arms what is left
 * whenever its interrupt comes, so the exit is saved.  Within a tick it would only
 * wake up an idle CPU for the tick that it has just stopped.
 *
 * But it has to stand still.  It may have been reached and the clock set back
 * since: then this CPU took a timer interrupt.  Or the CPU was restored without
 * it: then the host has published a clock since.
 */
static bool is_covered(const struct sample *now, u64 deadline_ns)
{
	const struct armed *earlier = this_cpu_ptr(&armed);

	return earlier->deadline_ns <= deadline_ns &&
	       earlier->deadline_ns > now->now_ns + TICK_NSEC &&
	       earlier->page_version == now->page_version &&
	       earlier->timer_irqs == this_cpu_read(irq_stat.apic_timer_irqs);
}

/*
 * A host may be told to ignore writes of MSRs that it does not know (the parameter
 * ignore_msrs of kvm.ko).  The last value is never reached, so it reads back (R03).
 */
static bool prove_msr(void)
{
	u64 value;

	if (wrmsrq_safe(MSR_KVM_DEADLINE, U64_MAX) ||
	    rdmsrq_safe(MSR_KVM_DEADLINE, &value) || value != U64_MAX)
		return false;
	this_cpu_write(msr_proven, true);
	return true;
}

/* No fence: the write always traps, and a VM exit serialises. */
static bool arm_msr(unsigned long delta, const struct clock_event_device *evt)
{
	struct sample now;
	u64 deadline_ns;

	take_sample(&now);
	deadline_ns = deadline_after(now.now_ns, delta, evt);

	if (is_covered(&now, deadline_ns)) {
		this_cpu_inc(kvm_deadline_stats.elided);
		return true;
	}
	this_cpu_write(armed.deadline_ns, deadline_ns);
	this_cpu_write(armed.page_version, now.page_version);
	this_cpu_write(armed.timer_irqs,
		       this_cpu_read(irq_stat.apic_timer_irqs));
	return !wrmsrq_safe(MSR_KVM_DEADLINE, deadline_ns);
}

/*
 * From now on the kernel may arm without us.  All CPUs stand still while the clock
 * source changes, with interrupts off.
 */
void kvm_deadline_forget(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu_ptr(&armed, cpu)->deadline_ns = 0;
}

/* As clockevents_program_event(), which modules cannot call, does it. */
static void arm_again(struct clock_event_device *evt)
{
	s64 delta_ns = ktime_to_ns(ktime_sub(evt->next_event, ktime_get()));
	u64 least_ns = max_t(s64, delta_ns, evt->min_delta_ns);

	evt->set_next_event((min_t(u64, least_ns, evt->max_delta_ns) *
			     evt->mult) >> evt->shift, evt);
}

/*
 * From here on this CPU's functions are the kernel's own, so these two calls set
 * the mode and arm what is due next, in place of what we had armed.  A timer that
 * is shut down needs neither: the kernel sets the mode before it uses it again.
 */
void kvm_deadline_leave(void)
{
	struct clock_event_device *evt;
	unsigned long flags;

	local_irq_save(flags);
	evt = this_cpu_read(deadline_evt);
	this_cpu_write(deadline_evt, NULL);
	this_cpu_write(kvm_deadline_backend, BACKEND_NATIVE);
	if (evt && clockevent_state_oneshot(evt)) {
		evt->set_state_oneshot(evt);
		arm_again(evt);
	}
	local_irq_restore(flags);
}

/* What this CPU has armed natively stands until the next arm takes over. */
void kvm_deadline_join(enum backend backend)
{
	this_cpu_write(msr_proven, false);
	this_cpu_write(kvm_deadline_backend, backend);
}

/*
 * No fence after the mode, as __setup_APIC_LVTT() has: either write leaves the
 * guest, which serialises.
 */
static void set_deadline_mode(struct clock_event_device *evt)
{
	apic->write(APIC_LVTT, LOCAL_TIMER_VECTOR | APIC_LVT_TIMER_TSCDEADLINE);
	this_cpu_write(deadline_evt, evt);
	this_cpu_write(armed.deadline_ns, 0);
}

/* Replaces lapic_next_deadline() and lapic_next_event(). */
int kvm_deadline_next_event(unsigned long delta, struct clock_event_device *evt)
{
	lockdep_assert_irqs_disabled();

	if (this_cpu_read(deadline_evt) != evt)
		set_deadline_mode(evt);
	if (this_cpu_read(kvm_deadline_backend) == BACKEND_KVMCLOCK) {
		arm_kvmclock(delta, evt);
	} else if (!(this_cpu_read(msr_proven) || prove_msr()) ||
		   !arm_msr(delta, evt)) {
		/* A VMM broke its promise: that costs the feature, not the timer. */
		this_cpu_inc(kvm_deadline_stats.refused);
		kvm_deadline_leave();
		irq_work_queue(&kvm_deadline_refusal);
	}
	return 0;
}

/* The kernel's function, not its replacement. */
static int call_native(int (*set_state)(struct clock_event_device *evt),
		       struct clock_event_device *evt)
{
	enum backend backend = this_cpu_read(kvm_deadline_backend);
	int ret;

	lockdep_assert_irqs_disabled();

	this_cpu_write(kvm_deadline_backend, BACKEND_NATIVE);
	ret = set_state(evt);
	this_cpu_write(kvm_deadline_backend, backend);
	return ret;
}

/* Replaces lapic_timer_set_oneshot(), which may set a mode that is not ours. */
int kvm_deadline_set_oneshot(struct clock_event_device *evt)
{
	this_cpu_write(deadline_evt, NULL);
	return call_native(evt->set_state_oneshot, evt);
}

/* Replaces lapic_timer_shutdown(), whose zero to the TSC MSR leaves D (R05). */
int kvm_deadline_shutdown(struct clock_event_device *evt)
{
	int ret = call_native(evt->set_state_shutdown, evt);

	if (this_cpu_read(kvm_deadline_backend) == BACKEND_MSR)
		wrmsrq_safe(MSR_KVM_DEADLINE, 0);
	return ret;
}
