// SPDX-License-Identifier: GPL-2.0-only
// files: lapic.c
// D outlives the APIC that is disabled in APICBASE
@@
expression apic;
@@
 atomic_set_release(&apic->vcpu->kvm->arch.apic_map_dirty, DIRTY);
-kvm_deadline_request_reevaluation(apic->vcpu);
