// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// A halted vCPU is not told that the clock moved
@@
identifier vcpu;
@@
 void kvm_deadline_wake(struct kvm_vcpu *vcpu)
 {
+	return;
 ...
 }
