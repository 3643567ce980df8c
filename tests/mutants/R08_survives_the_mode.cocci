// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// D outlives a change of the timer mode
@@
identifier vcpu;
@@
 void kvm_deadline_lvtt_written(struct kvm_vcpu *vcpu)
 {
+	return;
 ...
 }
