// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// Each arm takes the full exit, though the TSC deadline's does not
@@
identifier vcpu, data;
@@
 kvm_deadline_fastpath(struct kvm_vcpu *vcpu, u64 data)
 {
+	return EXIT_FASTPATH_NONE;
 ...
 }
