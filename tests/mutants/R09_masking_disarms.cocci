// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// Masking the LVT entry clears D
@@
identifier vcpu;
@@
 void kvm_deadline_lvtt_written(struct kvm_vcpu *vcpu)
 {
+	if (kvm_lapic_get_reg(vcpu->arch.apic, APIC_LVTT) & APIC_LVT_MASKED)
+		step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
 ...
 }
