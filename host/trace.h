/* SPDX-License-Identifier: GPL-2.0-only */
/* One trace event for each enum kvm_deadline_transition. */
#if !defined(_TRACE_KVM_DEADLINE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KVM_DEADLINE_H

#include <linux/tracepoint.h>

#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvm

/*
 * kvmclock_ns is this vCPU's clock now.  Only an expiry that is posted to a
 * running vCPU is not traced by the vCPU itself, and may show the clock mixed
 * up while that is just being replaced.
 */
DECLARE_EVENT_CLASS(kvm_deadline,
		    TP_PROTO(struct kvm_vcpu *vcpu, u64 deadline_ns, u64 deadline_tsc),
		    TP_ARGS(vcpu, deadline_ns, deadline_tsc),

	TP_STRUCT__entry(__field(unsigned int, vcpu_id)
			 __field(u64, deadline_ns)
			 __field(u64, kvmclock_ns)
			 __field(u64, deadline_tsc)
	),

	TP_fast_assign(__entry->vcpu_id = vcpu->vcpu_id;
		       __entry->deadline_ns = deadline_ns;
		       __entry->kvmclock_ns = kvm_deadline_now_ns(vcpu);
		       __entry->deadline_tsc = deadline_tsc;
	),

	TP_printk("vcpu_id %u deadline_ns %llu kvmclock_ns %llu deadline_tsc %llu",
		  __entry->vcpu_id, __entry->deadline_ns,
		  __entry->kvmclock_ns, __entry->deadline_tsc)
);

#define DEFINE_DEADLINE_EVENT(name)					\
DEFINE_EVENT(kvm_deadline, name,					\
	TP_PROTO(struct kvm_vcpu *vcpu, u64 deadline_ns, u64 deadline_tsc), \
	TP_ARGS(vcpu, deadline_ns, deadline_tsc))

DEFINE_DEADLINE_EVENT(kvm_deadline_arm);
DEFINE_DEADLINE_EVENT(kvm_deadline_disarm);
DEFINE_DEADLINE_EVENT(kvm_deadline_replaced);
DEFINE_DEADLINE_EVENT(kvm_deadline_expire);
DEFINE_DEADLINE_EVENT(kvm_deadline_rearm);
DEFINE_DEADLINE_EVENT(kvm_deadline_clock_moved);
DEFINE_DEADLINE_EVENT(kvm_deadline_restored);

#endif /* _TRACE_KVM_DEADLINE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH deadline
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

/* This part must be outside protection */
#include <trace/define_trace.h>
