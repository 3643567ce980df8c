# SPDX-License-Identifier: GPL-2.0-only
# files: deadline.c deadline.h
# leaves: 0 kvm_deadline\.h
# leaves: 0 struct kvm_deadline_clock\>
# leaves: 1 deadline.clock = \*clock;
# leaves: 1 return possible;
# Our file in KVM: the numbers are in the kernel's headers, and so is the clock's structure.
/^#include "kvm_deadline\.h"$/d
/deadline\.clock = (struct kvm_deadline_clock) {$/,/^	};$/c\
	vcpu_ktimer(vcpu)->deadline.clock = *clock;
s/possible ? KVM_CAP_X86_DEADLINE_MSR : 0/possible/
s/struct kvm_deadline_clock\>/struct pvclock_vcpu_time_info/
