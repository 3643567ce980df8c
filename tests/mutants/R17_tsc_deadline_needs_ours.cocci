// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// The TSC deadline is dropped while D is 0
@@
expression vcpu, data;
@@
 if (!is_set(vcpu)) {
-	kvm_set_lapic_tscdeadline_msr(vcpu, data);
	return;
 }
