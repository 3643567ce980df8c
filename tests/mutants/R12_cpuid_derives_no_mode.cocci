// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// A mode that CPUID allows only now has to wait for a stored deadline
@@
identifier vcpu;
@@
 void kvm_deadline_after_set_cpuid(struct kvm_vcpu *vcpu)
 {
 ...
-	apic_update_lvtt(vcpu->arch.apic);
 }
