// SPDX-License-Identifier: GPL-2.0-only
// files: lapic.c
// leaves: 1 kvm_deadline_sleep_ns
// leaves: 1 kvm_deadline_defer_early_expiry
// leaves: 1 !kvm_deadline_is_armed
// leaves: 2 kvm_deadline_inject
// leaves: 1 vcpu->wants_to_run
// leaves: 1 kvm_deadline_lvtt_written
// leaves: 1 kvm_deadline_reset
// leaves: 1 kvm_deadline_lapic_set
// leaves: 1 kvm_deadline_software_disabled
// leaves: 1 kvm_deadline_request_reevaluation
// Sleeping until D, and what happens when the sleep is over.

@sleep@
@@
 do_div(ns, this_tsc_khz);
+ns = kvm_deadline_sleep_ns(vcpu, guest_tsc, ns);

@expired@
identifier apic, from_timer_fn;
statement S1, S2;
@@
 void apic_timer_expired(struct kvm_lapic *apic, bool from_timer_fn)
 {
 ... when != S1
+	if (from_timer_fn && kvm_deadline_defer_early_expiry(vcpu))
+		return;
 S2
 ... when any
 }

// Only the vCPU's own context steps the timer: an armed D is not posted (R16).
@posted@
expression vcpu;
@@
-kvm_use_posted_timer_interrupt(vcpu)
+kvm_use_posted_timer_interrupt(vcpu) && !kvm_deadline_is_armed(vcpu)

// In APICv's way out of apic_timer_expired().  R13 rests on wants_to_run there,
// which came by a stable update: without it the mark above is missing.
@inject_now@
expression apic, vcpu;
@@
 WARN_ON(kvm_get_running_vcpu() != vcpu);
-kvm_apic_inject_pending_timer_irqs(apic);
+kvm_deadline_inject(apic);

@inject_pending@
expression apic;
@@
 if (atomic_read(&apic->lapic_timer.pending) > 0) {
-kvm_apic_inject_pending_timer_irqs(apic);
+kvm_deadline_inject(apic);
 ...
 }

@software_disable@
expression apic;
@@
 apic_update_lvtt(apic);
+kvm_deadline_software_disabled(apic->vcpu);
 atomic_set(&apic->lapic_timer.pending, 0);

@apic_base@
expression apic, value;
statement S;
@@
 if (value & MSR_IA32_APICBASE_ENABLE) S
 else {
 ...
 atomic_set_release(&apic->vcpu->kvm->arch.apic_map_dirty, DIRTY);
+kvm_deadline_request_reevaluation(apic->vcpu);
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

@lapic_set@
identifier vcpu, s;
statement S1, S2;
@@
 int kvm_apic_set_state(struct kvm_vcpu *vcpu, struct kvm_lapic_state *s)
 {
 ... when != S1
+	kvm_deadline_lapic_set(vcpu);
 S2
 ... when any
 }

// Called from our file as well.
@inject@
identifier apic;
@@
-static
 void kvm_apic_inject_pending_timer_irqs(struct kvm_lapic *apic) { ... }

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
