// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// Each arm takes the full exit, though the TSC deadline's does not
@@
typedef u32;
identifier vcpu;
@@
 u32 kvm_deadline_fastpath_msr(struct kvm_vcpu *vcpu)
 {
 ...
-return MSR_IA32_TSC_DEADLINE;
+return msr;
 }
