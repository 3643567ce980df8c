// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// The fastpath does not ask whether the VMM filters the MSR
@@
expression vcpu, msr;
@@
-!kvm_msr_allowed(vcpu, msr, KVM_MSR_FILTER_WRITE)
+false
