// SPDX-License-Identifier: GPL-2.0-only
// files: cpuid.c
// leaves: 1 kvm_deadline_after_set_cpuid
// Whether the guest may use the MSR, and with it LVT timer mode 10b.

@after_set_cpuid@
identifier vcpu;
@@
 void kvm_vcpu_after_set_cpuid(struct kvm_vcpu *vcpu)
 {
 ... when any
 kvm_mmu_after_set_cpuid(vcpu);
+kvm_deadline_after_set_cpuid(vcpu);
 ... when any
 }
