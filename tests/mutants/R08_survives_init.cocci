// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// D outlives INIT
@@
identifier vcpu;
@@
 void kvm_deadline_reset(struct kvm_vcpu *vcpu)
 {
+	return;
 ...
 }
