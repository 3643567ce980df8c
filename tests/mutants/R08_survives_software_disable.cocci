// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// D outlives the expiry that KVM drops
@@
identifier vcpu;
@@
 void kvm_deadline_software_disabled(struct kvm_vcpu *vcpu)
 {
+	return;
 ...
 }
