/* SPDX-License-Identifier: GPL-2.0-only */
#if !defined(_TRACE_KVM_DEADLINE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KVM_DEADLINE_H

#include <linux/tracepoint.h>

#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvm

#ifndef KVM_DEADLINE_TRACE
#define KVM_DEADLINE_TRACE
/*
 * arm		the guest wrote a deadline, in place of another one or not
 * disarm	written zero, timer mode left, APIC disabled, INIT, RESET, or a
 *		restored one found unusable
 * replaced	by a write of MSR_IA32_TSC_DEADLINE (R05)
 * expire	the vector is raised (R01)
 * rearm	the host's timer went off too early (R02), or its sleep was cut (R15);
 *		it has been started again
 * clock_moved	evaluated anew, by a newly published clock (R14)
 * restored	what userspace wrote is armed (R12)
 */
enum kvm_deadline_trace {
	KVM_DEADLINE_TRACE_ARM,
	KVM_DEADLINE_TRACE_DISARM,
	KVM_DEADLINE_TRACE_REPLACED,
	KVM_DEADLINE_TRACE_EXPIRE,
	KVM_DEADLINE_TRACE_REARM,
	KVM_DEADLINE_TRACE_CLOCK_MOVED,
	KVM_DEADLINE_TRACE_RESTORED,
};
#endif

TRACE_DEFINE_ENUM(KVM_DEADLINE_TRACE_ARM);
TRACE_DEFINE_ENUM(KVM_DEADLINE_TRACE_DISARM);
TRACE_DEFINE_ENUM(KVM_DEADLINE_TRACE_REPLACED);
TRACE_DEFINE_ENUM(KVM_DEADLINE_TRACE_EXPIRE);
TRACE_DEFINE_ENUM(KVM_DEADLINE_TRACE_REARM);
TRACE_DEFINE_ENUM(KVM_DEADLINE_TRACE_CLOCK_MOVED);
TRACE_DEFINE_ENUM(KVM_DEADLINE_TRACE_RESTORED);

/* kvmclock_ns is this vCPU's clock now, by the vCPU itself. */
TRACE_EVENT(kvm_deadline,
	    TP_PROTO(unsigned int vcpu_id, enum kvm_deadline_trace what,
		     u64 deadline_ns, u64 kvmclock_ns, u64 deadline_tsc),
	    TP_ARGS(vcpu_id, what, deadline_ns, kvmclock_ns, deadline_tsc),

	TP_STRUCT__entry(__field(unsigned int, vcpu_id)
			 __field(unsigned int, what)
			 __field(u64, deadline_ns)
			 __field(u64, kvmclock_ns)
			 __field(u64, deadline_tsc)
	),

	TP_fast_assign(__entry->vcpu_id = vcpu_id;
		       __entry->what = what;
		       __entry->deadline_ns = deadline_ns;
		       __entry->kvmclock_ns = kvmclock_ns;
		       __entry->deadline_tsc = deadline_tsc;
	),

	TP_printk("vcpu_id %u what %s deadline_ns %llu kvmclock_ns %llu deadline_tsc %llu",
		  __entry->vcpu_id,
		  __print_symbolic(__entry->what,
				   { KVM_DEADLINE_TRACE_ARM,		"arm" },
				   { KVM_DEADLINE_TRACE_DISARM,		"disarm" },
				   { KVM_DEADLINE_TRACE_REPLACED,	"replaced" },
				   { KVM_DEADLINE_TRACE_EXPIRE,		"expire" },
				   { KVM_DEADLINE_TRACE_REARM,		"rearm" },
				   { KVM_DEADLINE_TRACE_CLOCK_MOVED,	"clock_moved" },
				   { KVM_DEADLINE_TRACE_RESTORED,	"restored" }),
		  __entry->deadline_ns, __entry->kvmclock_ns,
		  __entry->deadline_tsc)
);

#endif /* _TRACE_KVM_DEADLINE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH deadline
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

/* This part must be outside protection */
#include <trace/define_trace.h>
