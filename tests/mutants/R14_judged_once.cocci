// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// A new clock does not move an armed timer
@@
identifier vcpu;
@@
 void kvm_deadline_judge(struct kvm_vcpu *vcpu)
 {
+	if (is_armed(vcpu))
+		return;
 ...
 }
