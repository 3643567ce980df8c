// SPDX-License-Identifier: GPL-2.0-only
// deadline.c: after a suspend of the host nothing is judged anew
@@
identifier kvm, state;
@@
 void kvm_deadline_pm_notifier(struct kvm *kvm, unsigned long state)
 {
+	return;
 ...
 }
