// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSR_KVM_DEADLINE: the local APIC timer in absolute kvmclock nanoseconds.
 *
 * The deadline is the truth.  From it and the vCPU's own pvclock parameters
 * comes the smallest guest TSC that reaches it; that value is handed to the
 * TSC deadline code, so whatever serves the TSC deadline on this host serves
 * this MSR too (R16).  It is derived anew whenever a clock is published.
 */
#include <linux/kvm_host.h>
#include <linux/suspend.h>

#include "compat.h"
#include "cpuid.h"
#include "deadline.h"
#include "irq.h"
#include "lapic.h"
#include "x86.h"

/* R15: a longer sleep is cut, so that a slewed host clock cannot add up. */
#define SLEEP_MAX_NS	(3600ULL * NSEC_PER_SEC)

static struct kvm_timer *vcpu_ktimer(struct kvm_vcpu *vcpu)
{
	return &vcpu->arch.apic->lapic_timer;
}

static bool is_set(struct kvm_vcpu *vcpu)
{
	return lapic_in_kernel(vcpu) &&
	       READ_ONCE(vcpu_ktimer(vcpu)->deadline.timer.deadline_ns);
}

static bool is_armed(struct kvm_vcpu *vcpu)
{
	return vcpu_ktimer(vcpu)->deadline.timer.state == KVM_DEADLINE_ST_ARMED;
}

static bool in_deadline_mode(struct kvm_vcpu *vcpu)
{
	return vcpu_ktimer(vcpu)->timer_mode == APIC_LVT_TIMER_TSCDEADLINE;
}

static bool is_usable(struct kvm_vcpu *vcpu)
{
	return kvm_apic_present(vcpu) && in_deadline_mode(vcpu);
}

static u64 guest_tsc_now(struct kvm_vcpu *vcpu)
{
	return kvm_read_l1_tsc(vcpu, rdtsc());
}

/* hv_clock is kept up to date whether or not the guest has its page enabled. */
static struct kvm_deadline_clock vcpu_clock(struct kvm_vcpu *vcpu)
{
	const struct pvclock_vcpu_time_info *hv_clock = &vcpu->arch.hv_clock;

	return (struct kvm_deadline_clock) {
		.tsc_timestamp		= hv_clock->tsc_timestamp,
		.system_time		= hv_clock->system_time,
		.tsc_to_system_mul	= hv_clock->tsc_to_system_mul,
		.tsc_shift		= hv_clock->tsc_shift,
	};
}

u64 kvm_deadline_now_ns(struct kvm_vcpu *vcpu)
{
	struct kvm_deadline_clock clock = vcpu_clock(vcpu);

	return kvm_deadline_clock_ns(&clock, guest_tsc_now(vcpu));
}

/* Every step of the timer goes through here. */
static enum kvm_deadline_action noted_step(struct kvm_vcpu *vcpu,
					   const struct kvm_deadline_input *input)
{
	struct kvm_deadline_timer *timer = &vcpu_ktimer(vcpu)->deadline.timer;
	struct kvm_deadline_timer was = *timer;
	enum kvm_deadline_action action = kvm_deadline_step(timer, input);

	kvm_deadline_note(vcpu, &was, input->event, action);
	return action;
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
	struct kvm_deadline_timer *timer = &vcpu_ktimer(vcpu)->deadline.timer;
	struct kvm_deadline_clock clock = vcpu_clock(vcpu);
	struct kvm_deadline_input input = {
		.event	= event,
		.usable	= is_usable(vcpu),
		.value	= value,
		.tsc	= guest_tsc_now(vcpu),
		.clock	= &clock,
	};

	switch (noted_step(vcpu, &input)) {
	case KVM_DEADLINE_DO_START:
		kvm_set_lapic_tscdeadline_msr(vcpu, timer->deadline_tsc);
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

int kvm_deadline_capability(struct kvm *kvm)
{
	return kvm && irqchip_in_kernel(kvm) ? KVM_CAP_X86_DEADLINE_MSR : 0;
}

static bool cpuid_has_deadline(struct kvm_vcpu *vcpu)
{
	u32 base = kvm_deadline_cpuid_base(vcpu);
	struct kvm_cpuid_entry2 *entry;

	/* Not pv_cpuid.features: that outlives the leaf it was copied from. */
	entry = base ? kvm_find_cpuid_entry(vcpu, base | KVM_CPUID_FEATURES) : NULL;
	return entry && entry->eax & BIT(KVM_FEATURE_DEADLINE);
}

void kvm_deadline_after_set_cpuid(struct kvm_vcpu *vcpu)
{
	struct kvm_timer *ktimer;

	if (!lapic_in_kernel(vcpu))
		return;

	ktimer = vcpu_ktimer(vcpu);
	ktimer->deadline.exposed = cpuid_has_deadline(vcpu);
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

	/* R12: judged when the vCPU runs, with the clock it then has. */
	step(vcpu, KVM_DEADLINE_EV_HOST_WRITE, msr_info->data);
	kvm_deadline_clock_moved(vcpu);
	return 0;
}

int kvm_deadline_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	bool readable = msr_info->host_initiated || is_usable(vcpu);

	if (!may_access(vcpu, msr_info))
		return KVM_MSR_RET_UNSUPPORTED;

	msr_info->data = 0;
	if (readable && lapic_in_kernel(vcpu))
		msr_info->data = vcpu_ktimer(vcpu)->deadline.timer.deadline_ns;
	return 0;
}

void kvm_deadline_set_tsc_msr(struct kvm_vcpu *vcpu, u64 data)
{
	if (!lapic_in_kernel(vcpu))
		return;
	/* KVM ignores the write while the APIC is disabled, but D ends here. */
	if (data && is_armed(vcpu))
		stop(vcpu);
	step(vcpu, KVM_DEADLINE_EV_TSC_WRITE, data);
}

u64 kvm_deadline_get_tsc_msr(struct kvm_vcpu *vcpu)
{
	/* R06: the derived value is nobody's business but KVM's. */
	return is_set(vcpu) ? 0 : kvm_get_lapic_tscdeadline_msr(vcpu);
}

/*
 * The fastpath's switch takes our MSR for the TSC deadline: the same conditions,
 * the same way back into the guest.  Who may not write it, or whose VMM filters
 * it, needs the full exit for a #GP or an MSR exit (R10).
 */
u32 kvm_deadline_fastpath_msr(struct kvm_vcpu *vcpu)
{
	u32 msr = kvm_rcx_read(vcpu);

	if (msr != MSR_KVM_DEADLINE)
		return msr;
	if (!lapic_in_kernel(vcpu) || !vcpu_ktimer(vcpu)->deadline.exposed ||
	    !kvm_msr_allowed(vcpu, msr, KVM_MSR_FILTER_WRITE))
		return msr;
	return MSR_IA32_TSC_DEADLINE;
}

void kvm_deadline_fastpath_write(struct kvm_vcpu *vcpu, u64 data)
{
	if ((u32)kvm_rcx_read(vcpu) == MSR_KVM_DEADLINE)
		step(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, data);
	else
		kvm_deadline_set_tsc_msr(vcpu, data);
}

void kvm_deadline_lvtt_written(struct kvm_vcpu *vcpu)
{
	if (!in_deadline_mode(vcpu))
		step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
}

void kvm_deadline_reset(struct kvm_vcpu *vcpu)
{
	if (lapic_in_kernel(vcpu))
		step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
}

void kvm_deadline_restore(struct kvm_vcpu *vcpu)
{
	step(vcpu, KVM_DEADLINE_EV_LAPIC_SET, 0);
	kvm_deadline_clock_moved(vcpu);
}

void kvm_deadline_judge(struct kvm_vcpu *vcpu)
{
	if (!is_set(vcpu))
		return;
	/* CPUID may have come after the LVT and allowed mode 10b only then. */
	if (!is_armed(vcpu))
		apic_update_lvtt(vcpu->arch.apic);
	step(vcpu, KVM_DEADLINE_EV_CLOCK_PUBLISHED, 0);
}

static bool clock_is_stale(struct kvm_vcpu *vcpu)
{
	return kvm_test_request(KVM_REQ_MASTERCLOCK_UPDATE, vcpu) ||
	       kvm_test_request(KVM_REQ_CLOCK_UPDATE, vcpu);
}

/*
 * CPU1 (this vCPU)		CPU2 (moves the clock)
 * deadline_ns = D		request CLOCK_UPDATE
 * smp_mb()			smp_mb(), in set_bit()
 * look at the requests		look at deadline_ns: UNBLOCK and kick
 *
 * At least one of them sees the other.  A global request, all that a vCPU has
 * before it first runs, updates this clock but is left standing: it would wake
 * all the other vCPUs, which can wait until this one really runs.
 */
void kvm_deadline_before_block(struct kvm_vcpu *vcpu)
{
	if (!is_set(vcpu))
		return;

	/* See the table above. */
	smp_mb();
	if (!clock_is_stale(vcpu) &&
	    !kvm_test_request(KVM_REQ_GLOBAL_CLOCK_UPDATE, vcpu))
		return;
	if (kvm_check_request(KVM_REQ_MASTERCLOCK_UPDATE, vcpu))
		kvm_update_masterclock(vcpu->kvm);
	kvm_clear_request(KVM_REQ_CLOCK_UPDATE, vcpu);
	kvm_guest_time_update(vcpu);
}

void kvm_deadline_wake(struct kvm_vcpu *vcpu)
{
	if (!is_set(vcpu))
		return;
	/* A kick alone wakes a blocked vCPU just to fall asleep again. */
	kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
	kvm_vcpu_kick(vcpu);
}

void kvm_deadline_clock_moved(struct kvm_vcpu *vcpu)
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
		kvm_deadline_clock_moved(vcpu);
}

void kvm_deadline_sleep_ns(struct kvm_vcpu *vcpu, u64 guest_tsc, u64 *ns)
{
	struct kvm_deadline_clock clock = vcpu_clock(vcpu);
	u64 deadline_ns, now_ns;

	if (!is_armed(vcpu))
		return;

	deadline_ns = vcpu_ktimer(vcpu)->deadline.timer.deadline_ns;
	now_ns = kvm_deadline_clock_ns(&clock, guest_tsc);
	*ns = deadline_ns > now_ns ? min(deadline_ns - now_ns, SLEEP_MAX_NS) : 0;
}

static u64 advance_cycles(struct kvm_vcpu *vcpu)
{
	return nsec_to_cycles(vcpu, vcpu_ktimer(vcpu)->timer_advance_ns);
}

/*
 * The hrtimer went off long before the deadline: the sleep was cut, or the
 * host's clock is slewed.  K is judged in vCPU context only, which starts the
 * timer again; nothing is restarted from here (R02, no recursion).
 */
bool kvm_deadline_too_early(struct kvm_vcpu *vcpu)
{
	u64 tsc = guest_tsc_now(vcpu);
	u64 soon = tsc + advance_cycles(vcpu);

	/* A TSC about to wrap must not look like one long past. */
	if (soon < tsc)
		soon = tsc;
	if (kvm_deadline_due(&vcpu_ktimer(vcpu)->deadline.timer, soon))
		return false;
	WRITE_ONCE(vcpu_ktimer(vcpu)->deadline.early, true);
	kvm_deadline_clock_moved(vcpu);
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

bool kvm_deadline_deliver(struct kvm_vcpu *vcpu)
{
	struct kvm_deadline_input input = { .event = KVM_DEADLINE_EV_EXPIRE };

	if (!is_armed(vcpu))
		return true;

	/* Judged by a clock that is being replaced, it could be early. */
	if (!clock_is_stale(vcpu)) {
		wait_for_deadline(vcpu);
		input.tsc = guest_tsc_now(vcpu);
		if (noted_step(vcpu, &input) == KVM_DEADLINE_DO_FIRE)
			return true;
		WRITE_ONCE(vcpu_ktimer(vcpu)->deadline.early, true);
	}
	kvm_deadline_clock_moved(vcpu);
	return false;
}
