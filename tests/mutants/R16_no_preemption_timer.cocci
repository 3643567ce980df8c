// SPDX-License-Identifier: GPL-2.0-only
// files: lapic.c
// While our deadline is set the host's own timer serves the guest
@@
typedef bool;
identifier apic;
statement S1, S2;
@@
 bool start_hv_timer(struct kvm_lapic *apic)
 {
 ... when != S1
+	if (apic->lapic_timer.deadline.timer.deadline_ns)
+		return false;
 S2
 ... when any
 }
