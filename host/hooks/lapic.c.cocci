// SPDX-License-Identifier: GPL-2.0-only
// files: lapic.c
// leaves: 1 kvm_deadline_sleep_ns
// leaves: 1 kvm_deadline_too_early
// leaves: 1 kvm_deadline_deliver
// leaves: 1 kvm_deadline_lvtt_written
// leaves: 1 kvm_deadline_reset
// leaves: 1 kvm_deadline_restore
// Sleeping until D, and what happens when the sleep is over.

@sleep@
@@
 do_div(ns, this_tsc_khz);
+kvm_deadline_sleep_ns(vcpu, guest_tsc, &ns);

@expired@
identifier apic, from_timer_fn;
statement S1, S2;
@@
 void apic_timer_expired(struct kvm_lapic *apic, bool from_timer_fn)
 {
 ... when != S1
+	if (from_timer_fn && kvm_deadline_too_early(vcpu))
+		return;
 S2
 ... when any
 }

@inject@
identifier apic;
statement S1, S2;
@@
 void kvm_apic_inject_pending_timer_irqs(struct kvm_lapic *apic)
 {
 ... when != S1
+	if (!kvm_deadline_deliver(apic->vcpu))
+		return;
 S2
 ... when any
 }

@lvtt_write@
expression val;
@@
 kvm_lapic_set_reg(apic, APIC_LVTT, val);
 apic_update_lvtt(apic);
+kvm_deadline_lvtt_written(apic->vcpu);

@reset@
identifier vcpu, init_event;
statement S1, S2;
@@
 void kvm_lapic_reset(struct kvm_vcpu *vcpu, bool init_event)
 {
 ... when != S1
+	kvm_deadline_reset(vcpu);
 S2
 ... when any
 }

@restore@
identifier vcpu, s;
statement S1, S2;
@@
 int kvm_apic_set_state(struct kvm_vcpu *vcpu, struct kvm_lapic_state *s)
 {
 ... when != S1
+	kvm_deadline_restore(vcpu);
 S2
 ... when any
 }

// Called from our file as well.
@mode@
identifier apic;
@@
-static
 void apic_update_lvtt(struct kvm_lapic *apic) { ... }

@cancel@
identifier apic;
@@
-static
 void cancel_apic_timer(struct kvm_lapic *apic) { ... }

@wait@
identifier vcpu;
@@
-static
 void __kvm_wait_lapic_expire(struct kvm_vcpu *vcpu) { ... }
