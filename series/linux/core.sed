# SPDX-License-Identifier: GPL-2.0-only
# files: timer.c timer.h
# leaves: 5 WRITE_ONCE(timer->
# leaves: 1 (READ_ONCE(timer->state)
# leaves: 1 = READ_ONCE(timer->deadline_tsc)
# leaves: 0 struct kvm_deadline_clock\>
# What other contexts look at, where a kernel has the words for it.
s/^\(	*\)timer->\(state\|deadline_ns\|deadline_tsc\) = \(.*\);$/\1WRITE_ONCE(timer->\2, \3);/
/^static inline bool kvm_deadline_due(/,/^}/{
	s/(timer->state /(READ_ONCE(timer->state) /
	s/\<timer->deadline_tsc\>/deadline_tsc/
	/^{$/a\
	u64 deadline_tsc = READ_ONCE(timer->deadline_tsc);\

}
s/struct kvm_deadline_clock\>/struct pvclock_vcpu_time_info/
