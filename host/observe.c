// SPDX-License-Identifier: GPL-2.0-only
/* Trace events and counters: what the timer did, for people. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "deadline.h"
#include "lapic.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Names as in trace.h, so that a count leads to its events. */
static const char * const names[KVM_DEADLINE_TRANSITIONS] = {
	[KVM_DEADLINE_ARM]		= "arm",
	[KVM_DEADLINE_DISARM]		= "disarm",
	[KVM_DEADLINE_REPLACED]		= "replaced",
	[KVM_DEADLINE_EXPIRED]		= "expire",
	[KVM_DEADLINE_REARM]		= "rearm",
	[KVM_DEADLINE_CLOCK_MOVED]	= "clock_moved",
	[KVM_DEADLINE_RESTORED]		= "restored",
};

static void trace(struct kvm_vcpu *vcpu, enum kvm_deadline_transition transition,
		  u64 deadline_ns, u64 deadline_tsc)
{
	switch (transition) {
	case KVM_DEADLINE_ARM:
		trace_kvm_deadline_arm(vcpu, deadline_ns, deadline_tsc);
		break;
	case KVM_DEADLINE_DISARM:
		trace_kvm_deadline_disarm(vcpu, deadline_ns, deadline_tsc);
		break;
	case KVM_DEADLINE_REPLACED:
		trace_kvm_deadline_replaced(vcpu, deadline_ns, deadline_tsc);
		break;
	case KVM_DEADLINE_EXPIRED:
		trace_kvm_deadline_expire(vcpu, deadline_ns, deadline_tsc);
		break;
	case KVM_DEADLINE_REARM:
		trace_kvm_deadline_rearm(vcpu, deadline_ns, deadline_tsc);
		break;
	case KVM_DEADLINE_CLOCK_MOVED:
		trace_kvm_deadline_clock_moved(vcpu, deadline_ns, deadline_tsc);
		break;
	case KVM_DEADLINE_RESTORED:
		trace_kvm_deadline_restored(vcpu, deadline_ns, deadline_tsc);
		break;
	case KVM_DEADLINE_TRANSITIONS:
		break;
	}
}

/* One transition for one start, though two things may have led to it. */
static enum kvm_deadline_transition
started(struct kvm_deadline *deadline, enum kvm_deadline_event event,
	enum kvm_deadline_state was)
{
	bool early = READ_ONCE(deadline->early);

	WRITE_ONCE(deadline->early, false);
	if (event == KVM_DEADLINE_EV_GUEST_WRITE)
		return KVM_DEADLINE_ARM;
	if (was == KVM_DEADLINE_ST_STORED)
		return KVM_DEADLINE_RESTORED;
	return early ? KVM_DEADLINE_REARM : KVM_DEADLINE_CLOCK_MOVED;
}

/* KVM_DEADLINE_TRANSITIONS if it is none. */
static enum kvm_deadline_transition
transition(struct kvm_deadline *deadline, enum kvm_deadline_event event,
	   enum kvm_deadline_action action, enum kvm_deadline_state was)
{
	bool off = deadline->timer.state == KVM_DEADLINE_ST_OFF;

	if (action == KVM_DEADLINE_DO_FIRE)
		return KVM_DEADLINE_EXPIRED;
	if (action == KVM_DEADLINE_DO_NATIVE && was != KVM_DEADLINE_ST_OFF)
		return KVM_DEADLINE_REPLACED;
	if (action == KVM_DEADLINE_DO_STOP && off)
		return KVM_DEADLINE_DISARM;
	/* The RUN that follows starts one that expired too early. */
	if (action == KVM_DEADLINE_DO_START && event != KVM_DEADLINE_EV_EXPIRE)
		return started(deadline, event, was);
	return KVM_DEADLINE_TRANSITIONS;
}

/* Called after each step, so that nothing can be forgotten. */
void kvm_deadline_note(struct kvm_vcpu *vcpu,
		       const struct kvm_deadline_timer *was,
		       enum kvm_deadline_event event,
		       enum kvm_deadline_action action)
{
	struct kvm_deadline *deadline = &vcpu->arch.apic->lapic_timer.deadline;
	enum kvm_deadline_transition noted =
		transition(deadline, event, action, was->state);

	if (noted == KVM_DEADLINE_TRANSITIONS)
		return;
	/* One context at a time: only a reader can get in between. */
	WRITE_ONCE(deadline->count[noted], deadline->count[noted] + 1);
	/* One that is gone is shown as it was. */
	trace(vcpu, noted, deadline->timer.deadline_ns ?: was->deadline_ns,
	      deadline->timer.deadline_tsc);
}

static int deadline_show(struct seq_file *file, void *unused)
{
	struct kvm_vcpu *vcpu = file->private;
	struct kvm_deadline *deadline = &vcpu->arch.apic->lapic_timer.deadline;
	int i;

	for (i = 0; i < KVM_DEADLINE_TRANSITIONS; i++)
		seq_printf(file, "%s %llu\n", names[i],
			   READ_ONCE(deadline->count[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(deadline);

void kvm_deadline_create_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir)
{
	if (lapic_in_kernel(vcpu))
		debugfs_create_file("deadline", 0444, dir, vcpu, &deadline_fops);
}
