// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// A guest whose TSC is scaled down gets there too soon
@@
identifier vcpu;
@@
 guest_tsc_now(struct kvm_vcpu *vcpu)
 {
-	return kvm_read_l1_tsc(vcpu, rdtsc());
+	return vcpu->arch.l1_tsc_offset + rdtsc();
 }
