// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSR_KVM_DEADLINE: the local APIC timer in absolute kvmclock nanoseconds.
 *
 * The deadline is the truth.  From it and the vCPU's own pvclock parameters
 * comes the smallest guest TSC that reaches it; that value is handed to the
 * TSC deadline code, so whatever serves the TSC deadline on this host serves
 * this MSR too (R16).  It is derived anew whenever a clock is published.
 *
 * From WRMSR to the interrupt, ours indented:
 *
 * kvm_set_msr_common(), or the exit fastpath
 *	kvm_deadline_set_msr() or kvm_deadline_fastpath()
 *	step(): derives the TSC value
 * kvm_set_lapic_tscdeadline_msr(), start_hv_timer() or start_sw_tscdeadline()
 *	kvm_deadline_sleep_ns(): how long the hrtimer sleeps
 * the preemption timer or the hrtimer, apic_timer_expired()
 *	kvm_deadline_defer_early_expiry(): only from the hrtimer
 * lapic_timer.pending, kvm_inject_apic_timer_irqs(); with APICv at once
 *	kvm_deadline_inject(): due by this vCPU's clock?  D = 0
 * kvm_apic_inject_pending_timer_irqs(), the vector is in the IRR
 *
 * And whenever the clock moves, before the vCPU enters or sleeps:
 * kvm_guest_time_update() publishes the clock
 *	kvm_deadline_clock_published(): step() again
 */
#include <linux/kvm_host.h>
#include <linux/suspend.h>

#include "compat.h"
#include "cpuid.h"
#include "deadline.h"
#include "irq.h"
#include "lapic.h"
#include "x86.h"
#include "../trace.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* R15: a longer sleep is cut, so that a slewed host clock cannot add up. */
#define SLEEP_MAX_NS	(3600ULL * NSEC_PER_SEC)

/* R15: an expiry that was not due is not looked at again within that time. */
#define RETRY_NS	(1 * NSEC_PER_USEC)

/* Where KVM itself looks for its leaves, which others may come before. */
#define KVM_CPUID_BASE_END	0x40010000

static struct kvm_timer *vcpu_ktimer(struct kvm_vcpu *vcpu)
{
	return &vcpu->arch.apic->lapic_timer;
}

static bool is_set(struct kvm_vcpu *vcpu)
{
	return lapic_in_kernel(vcpu) &&
	       READ_ONCE(vcpu_ktimer(vcpu)->deadline.timer.deadline_ns);
}

/* Any context. */
bool kvm_deadline_is_armed(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu_ktimer(vcpu)->deadline.timer.state) == KVM_DEADLINE_ST_ARMED;
}

static bool in_deadline_mode(struct kvm_vcpu *vcpu)
{
	return vcpu_ktimer(vcpu)->timer_mode == APIC_LVT_TIMER_TSCDEADLINE;
}

static bool mode_ok(struct kvm_vcpu *vcpu)
{
	return kvm_apic_present(vcpu) && in_deadline_mode(vcpu);
}

static u64 guest_tsc_now(struct kvm_vcpu *vcpu)
{
	return kvm_read_l1_tsc(vcpu, rdtsc());
}

static u64 kvmclock_now_ns(struct kvm_vcpu *vcpu)
{
	return kvm_deadline_clock_ns(&vcpu_ktimer(vcpu)->deadline.clock, guest_tsc_now(vcpu));
}

/* What a started timer was started for; a write may replace an armed one. */
static enum kvm_deadline_trace trace_of_start(const struct kvm_deadline *deadline,
					      enum kvm_deadline_event event,
					      enum kvm_deadline_state was)
{
	if (event == KVM_DEADLINE_EV_GUEST_WRITE)
		return KVM_DEADLINE_TRACE_ARM;
	if (was == KVM_DEADLINE_ST_STORED)
		return KVM_DEADLINE_TRACE_RESTORED;
	return READ_ONCE(deadline->early) ? KVM_DEADLINE_TRACE_REARM :
					    KVM_DEADLINE_TRACE_CLOCK_MOVED;
}

/* One that is gone is shown as it was. */
static void trace_step(struct kvm_vcpu *vcpu, const struct kvm_deadline_timer *was,
		       enum kvm_deadline_event event, enum kvm_deadline_action action)
{
	const struct kvm_deadline *deadline = &vcpu_ktimer(vcpu)->deadline;
	bool off = deadline->timer.state == KVM_DEADLINE_ST_OFF;
	enum kvm_deadline_trace what;

	if (action == KVM_DEADLINE_DO_FIRE)
		what = KVM_DEADLINE_TRACE_EXPIRE;
	else if (action == KVM_DEADLINE_DO_NATIVE && was->state != KVM_DEADLINE_ST_OFF)
		what = KVM_DEADLINE_TRACE_REPLACED;
	else if (action == KVM_DEADLINE_DO_STOP && off)
		what = KVM_DEADLINE_TRACE_DISARM;
	else if (action == KVM_DEADLINE_DO_START)
		what = trace_of_start(deadline, event, was->state);
	else
		return;
	trace_kvm_deadline(vcpu->vcpu_id, what,
			   off ? was->deadline_ns : deadline->timer.deadline_ns,
			   kvmclock_now_ns(vcpu), deadline->timer.deadline_tsc);
}

/* On its own, so that an arm that nobody traces does not copy what it was. */
static noinline enum kvm_deadline_action
step_traced(struct kvm_vcpu *vcpu, struct kvm_deadline_timer *timer,
	    const struct kvm_deadline_input *input)
{
	struct kvm_deadline_timer was = *timer;
	enum kvm_deadline_action action = kvm_deadline_step(timer, input);

	trace_step(vcpu, &was, input->event, action);
	return action;
}

/* Every step of the timer goes through here. */
static enum kvm_deadline_action step_timer(struct kvm_vcpu *vcpu,
					   const struct kvm_deadline_input *input)
{
	struct kvm_deadline_timer *timer = &vcpu_ktimer(vcpu)->deadline.timer;

	lockdep_assert_held(&vcpu->mutex);
	if (trace_kvm_deadline_enabled())
		return step_traced(vcpu, timer, input);
	return kvm_deadline_step(timer, input);
}

/* In another mode the host's timer runs for that mode and is not ours. */
static void stop(struct kvm_vcpu *vcpu)
{
	if (!in_deadline_mode(vcpu))
		return;
	cancel_apic_timer(vcpu->arch.apic);
	vcpu_ktimer(vcpu)->tscdeadline = 0;
}

static void step(struct kvm_vcpu *vcpu, enum kvm_deadline_event event, u64 value)
{
	struct kvm_deadline *deadline = &vcpu_ktimer(vcpu)->deadline;
	struct kvm_deadline_input input = {
		.event	= event,
		.mode_ok = mode_ok(vcpu),
		.value	= value,
		.tsc	= guest_tsc_now(vcpu),
		.clock	= &deadline->clock,
	};

	switch (step_timer(vcpu, &input)) {
	case KVM_DEADLINE_DO_START:
		kvm_set_lapic_tscdeadline_msr(vcpu, deadline->timer.deadline_tsc);
		WRITE_ONCE(deadline->early, false);
		break;
	case KVM_DEADLINE_DO_STOP:
		stop(vcpu);
		break;
	case KVM_DEADLINE_DO_NATIVE:
		kvm_set_lapic_tscdeadline_msr(vcpu, value);
		break;
	default:
		break;
	}
}

/* A TSC that only the guest knows tells its vCPUs apart, once there are some. */
static bool tsc_is_hidden(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		if (kvm_deadline_tsc_is_hidden(vcpu))
			return true;
	return false;
}

int kvm_deadline_capability(struct kvm *kvm)
{
	bool possible = kvm && irqchip_in_kernel(kvm) && !tsc_is_hidden(kvm);

	return possible ? KVM_CAP_X86_DEADLINE_MSR : 0;
}

static bool is_kvm_leaf(const struct kvm_cpuid_entry2 *entry)
{
	u32 signature[] = { entry->ebx, entry->ecx, entry->edx };

	return !memcmp(signature, KVM_SIGNATURE, sizeof(signature));
}

static bool cpuid_has_deadline(struct kvm_vcpu *vcpu)
{
	struct kvm_cpuid_entry2 *entry;
	u32 base;

	/* Not pv_cpuid.features: that outlives the leaf it was copied from. */
	for (base = KVM_CPUID_SIGNATURE; base < KVM_CPUID_BASE_END; base += 0x100) {
		entry = kvm_find_cpuid_entry(vcpu, base);
		if (!entry || !is_kvm_leaf(entry))
			continue;
		entry = kvm_find_cpuid_entry(vcpu, base | KVM_CPUID_FEATURES);
		return entry && entry->eax & BIT(KVM_FEATURE_DEADLINE);
	}
	return false;
}

void kvm_deadline_after_set_cpuid(struct kvm_vcpu *vcpu)
{
	struct kvm_timer *ktimer;

	if (!lapic_in_kernel(vcpu))
		return;

	ktimer = vcpu_ktimer(vcpu);
	ktimer->deadline.exposed = cpuid_has_deadline(vcpu) && !kvm_deadline_tsc_is_hidden(vcpu);
	if (!ktimer->deadline.exposed)
		return;

	/* R07, and R12: the LVT may have been restored before the mode existed. */
	ktimer->timer_mode_mask = APIC_LVT_TIMER_TSCDEADLINE | APIC_LVT_TIMER_PERIODIC;
	apic_update_lvtt(vcpu->arch.apic);
}

static bool may_access(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	if (msr_info->host_initiated)
		return true;
	return lapic_in_kernel(vcpu) && vcpu_ktimer(vcpu)->deadline.exposed;
}

int kvm_deadline_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	if (!may_access(vcpu, msr_info))
		return KVM_MSR_RET_UNSUPPORTED;
	if (!lapic_in_kernel(vcpu))
		return msr_info->data ? 1 : 0;

	if (!msr_info->host_initiated) {
		step(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, msr_info->data);
		return 0;
	}

	/* R12: evaluated when the vCPU runs, with the clock it then has. */
	step(vcpu, KVM_DEADLINE_EV_HOST_WRITE, msr_info->data);
	kvm_deadline_request_reevaluation(vcpu);
	return 0;
}

int kvm_deadline_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	bool readable = msr_info->host_initiated || mode_ok(vcpu);

	if (!may_access(vcpu, msr_info))
		return KVM_MSR_RET_UNSUPPORTED;

	msr_info->data = 0;
	if (readable && lapic_in_kernel(vcpu))
		msr_info->data = vcpu_ktimer(vcpu)->deadline.timer.deadline_ns;
	return 0;
}

void kvm_deadline_set_tsc_msr(struct kvm_vcpu *vcpu, u64 data)
{
	/* R17: while D is 0, KVM's own code and no more. */
	if (!is_set(vcpu)) {
		kvm_set_lapic_tscdeadline_msr(vcpu, data);
		return;
	}
	/* KVM ignores the write while the APIC is disabled, but D ends here. */
	if (data && kvm_deadline_is_armed(vcpu))
		stop(vcpu);
	step(vcpu, KVM_DEADLINE_EV_TSC_WRITE, data);
}

u64 kvm_deadline_get_tsc_msr(struct kvm_vcpu *vcpu)
{
	/* R06: the derived value is nobody's business but KVM's. */
	return is_set(vcpu) ? 0 : kvm_get_lapic_tscdeadline_msr(vcpu);
}

/* Most VMMs filter nothing, and then there is nothing to lock. */
static bool write_is_filtered(struct kvm_vcpu *vcpu)
{
	return rcu_access_pointer(vcpu->kvm->arch.msr_filter) &&
	       !kvm_msr_allowed(vcpu, MSR_KVM_DEADLINE, KVM_MSR_FILTER_WRITE);
}

/*
 * Who may not write it, or whose VMM filters it, needs the full exit for a #GP or
 * an MSR exit (R10).
 */
fastpath_t kvm_deadline_fastpath(struct kvm_vcpu *vcpu, u64 data)
{
	bool skipped;

	if (!lapic_in_kernel(vcpu) || !vcpu_ktimer(vcpu)->deadline.exposed ||
	    write_is_filtered(vcpu))
		return EXIT_FASTPATH_NONE;

	step(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, data);
	trace_kvm_msr_write(MSR_KVM_DEADLINE, data);

	if (SKIP_NEEDS_SRCU)
		kvm_vcpu_srcu_read_lock(vcpu);
	skipped = kvm_skip_emulated_instruction(vcpu);
	if (SKIP_NEEDS_SRCU)
		kvm_vcpu_srcu_read_unlock(vcpu);
	return skipped ? EXIT_FASTPATH_REENTER_GUEST : EXIT_FASTPATH_EXIT_USERSPACE;
}

void kvm_deadline_lvtt_written(struct kvm_vcpu *vcpu)
{
	if (!in_deadline_mode(vcpu))
		step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
}

/* R08: KVM drops an expiry that is pending now, and nothing else will come. */
void kvm_deadline_software_disabled(struct kvm_vcpu *vcpu)
{
	if (kvm_deadline_is_armed(vcpu) && atomic_read(&vcpu_ktimer(vcpu)->pending))
		step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
}

/* Before a vCPU first runs, nobody holds its mutex. */
void kvm_deadline_reset(struct kvm_vcpu *vcpu)
{
	if (is_set(vcpu))
		step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
}

void kvm_deadline_lapic_set(struct kvm_vcpu *vcpu)
{
	step(vcpu, KVM_DEADLINE_EV_LAPIC_SET, 0);
	kvm_deadline_request_reevaluation(vcpu);
}

static void reevaluate(struct kvm_vcpu *vcpu)
{
	if (!is_set(vcpu))
		return;
	/* CPUID may have come after the LVT and allowed mode 10b only then. */
	if (!kvm_deadline_is_armed(vcpu))
		apic_update_lvtt(vcpu->arch.apic);
	step(vcpu, KVM_DEADLINE_EV_CLOCK_PUBLISHED, 0);
}

/* Also for a guest that has no page enabled to read it from. */
void kvm_deadline_clock_published(struct kvm_vcpu *vcpu,
				  const struct pvclock_vcpu_time_info *clock)
{
	if (!lapic_in_kernel(vcpu))
		return;
	vcpu_ktimer(vcpu)->deadline.clock = (struct kvm_deadline_clock) {
		.tsc_timestamp		= clock->tsc_timestamp,
		.system_time		= clock->system_time,
		.tsc_to_system_mul	= clock->tsc_to_system_mul,
		.tsc_shift		= clock->tsc_shift,
	};
	reevaluate(vcpu);
}

/*
 * Also while kvm_arch_vcpu_load() brings the vCPU to another CPU: it restarts the
 * preemption timer first, and asks for what the clock needs there afterwards.
 */
static bool clock_is_stale(struct kvm_vcpu *vcpu)
{
	return kvm_test_request(KVM_REQ_MASTERCLOCK_UPDATE, vcpu) ||
	       kvm_test_request(KVM_REQ_GLOBAL_CLOCK_UPDATE, vcpu) ||
	       kvm_test_request(KVM_REQ_CLOCK_UPDATE, vcpu) ||
	       vcpu->cpu != raw_smp_processor_id();
}

/*
 * One update serves all who have asked for it by now.  Else each vCPU that sleeps
 * with a deadline would make its own, and each of them would wake all the others.
 */
static void update_masterclock(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		kvm_clear_request(KVM_REQ_MASTERCLOCK_UPDATE, vcpu);
	/* Whoever asked has changed before what is read now. */
	smp_mb__after_atomic();
	kvm_update_masterclock(kvm);
}

/* As vcpu_enter_guest() does it. */
static void handle_clock_requests(struct kvm_vcpu *vcpu)
{
	if (kvm_test_request(KVM_REQ_MASTERCLOCK_UPDATE, vcpu))
		update_masterclock(vcpu->kvm);
	/* One that comes with another's round of updates must not begin a round. */
	if (kvm_check_request(KVM_REQ_GLOBAL_CLOCK_UPDATE, vcpu) &&
	    !kvm_test_request(KVM_REQ_CLOCK_UPDATE, vcpu))
		kvm_gen_kvmclock_update(vcpu);
	kvm_clear_request(KVM_REQ_CLOCK_UPDATE, vcpu);
	/* No rate known, as on a CPU that goes: look again at once. */
	if (kvm_guest_time_update(vcpu))
		kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
}

/*
 * CPU1 (this vCPU)		CPU2 (moves the clock)
 * deadline_ns = D		request CLOCK_UPDATE
 * smp_mb()			smp_mb(), in set_bit()
 * look at the requests		look at deadline_ns: UNBLOCK and kick
 *
 * At least one of them sees the other.
 */
void kvm_deadline_before_block(struct kvm_vcpu *vcpu)
{
	if (!is_set(vcpu))
		return;

	/* See the table above. */
	smp_mb();
	if (clock_is_stale(vcpu))
		handle_clock_requests(vcpu);
}

void kvm_deadline_wake(struct kvm_vcpu *vcpu)
{
	if (!is_set(vcpu))
		return;
	/* A kick alone wakes a blocked vCPU just to fall asleep again. */
	kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
	kvm_vcpu_kick(vcpu);
}

/* Any context, and also for the vCPU itself. */
void kvm_deadline_request_reevaluation(struct kvm_vcpu *vcpu)
{
	if (is_set(vcpu))
		kvm_deadline_clock_request(KVM_REQ_CLOCK_UPDATE, vcpu);
}

/* R14: the hrtimer's clock stood still during suspend, kvmclock did not. */
void kvm_deadline_pm_notifier(struct kvm *kvm, unsigned long state)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	if (state != PM_POST_SUSPEND && state != PM_POST_HIBERNATION)
		return;
	kvm_for_each_vcpu(i, vcpu, kvm)
		kvm_deadline_request_reevaluation(vcpu);
}

u64 kvm_deadline_sleep_ns(struct kvm_vcpu *vcpu, u64 guest_tsc, u64 ns)
{
	struct kvm_timer *ktimer = vcpu_ktimer(vcpu);
	u64 deadline_ns = ktimer->deadline.timer.deadline_ns;
	u64 now_ns;

	if (!kvm_deadline_is_armed(vcpu))
		return ns;

	now_ns = kvm_deadline_clock_ns(&ktimer->deadline.clock, guest_tsc);
	ns = deadline_ns > now_ns ? min(deadline_ns - now_ns, SLEEP_MAX_NS) : 0;
	/* KVM takes off the advance, and whatever is left counts as expired. */
	if (ns && READ_ONCE(ktimer->deadline.early))
		ns = max(ns, ktimer->timer_advance_ns + RETRY_NS);
	return ns;
}

static u64 advance_cycles(struct kvm_vcpu *vcpu)
{
	return nsec_to_cycles(vcpu, vcpu_ktimer(vcpu)->timer_advance_ns);
}

static void look_again(struct kvm_vcpu *vcpu)
{
	WRITE_ONCE(vcpu_ktimer(vcpu)->deadline.early, true);
	kvm_deadline_request_reevaluation(vcpu);
}

/*
 * The hrtimer went off long before the deadline: the sleep was cut, or the
 * host's clock is slewed.  K is evaluated in vCPU context only, which starts the
 * timer again; nothing is restarted from here (R02, no recursion).
 */
bool kvm_deadline_defer_early_expiry(struct kvm_vcpu *vcpu)
{
	u64 tsc = guest_tsc_now(vcpu);
	u64 soon = tsc + advance_cycles(vcpu);

	/* A TSC about to wrap must not look like one long past. */
	if (soon < tsc)
		soon = tsc;
	if (kvm_deadline_due(&vcpu_ktimer(vcpu)->deadline.timer, soon))
		return false;
	look_again(vcpu);
	return true;
}

/* KVM starts its timers early and waits after injection; R02 wants it before. */
static void wait_for_deadline(struct kvm_vcpu *vcpu)
{
	struct kvm_timer *ktimer = vcpu_ktimer(vcpu);
	struct kvm_deadline_timer *timer = &ktimer->deadline.timer;
	u64 tsc = guest_tsc_now(vcpu);

	if (kvm_deadline_due(timer, tsc) || !ktimer->timer_advance_ns)
		return;

	ktimer->expired_tscdeadline = timer->deadline_tsc;
	__kvm_wait_lapic_expire(vcpu);

	/* A delay in nanoseconds may end a few ticks short. */
	for (tsc = guest_tsc_now(vcpu);
	     !kvm_deadline_due(timer, tsc) &&
	     timer->deadline_tsc - tsc <= advance_cycles(vcpu);
	     tsc = guest_tsc_now(vcpu))
		cpu_relax();
}

static bool is_due(struct kvm_vcpu *vcpu)
{
	struct kvm_deadline_input input = { .event = KVM_DEADLINE_EV_EXPIRE };

	/* By a clock that is being replaced, it could be early. */
	if (clock_is_stale(vcpu))
		return false;
	wait_for_deadline(vcpu);
	input.tsc = guest_tsc_now(vcpu);
	return step_timer(vcpu, &input) == KVM_DEADLINE_DO_FIRE;
}

void kvm_deadline_inject(struct kvm_lapic *apic)
{
	struct kvm_vcpu *vcpu = apic->vcpu;

	if (!kvm_deadline_is_armed(vcpu) || is_due(vcpu))
		kvm_apic_inject_pending_timer_irqs(apic);
	else
		look_again(vcpu);
}
