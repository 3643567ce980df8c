// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// A new clock does not move an armed timer
@@
identifier vcpu;
@@
 void reevaluate(struct kvm_vcpu *vcpu)
 {
+	if (kvm_deadline_is_armed(vcpu))
+		return;
 ...
 }
