// SPDX-License-Identifier: GPL-2.0-only
// files: arch/x86/kernel/apic/apic.c
// leaves: 1 kvm_deadline/hook.h
// leaves: 2 kvm_deadline_serves_arm
// leaves: 2 kvm_deadline_next_event
// leaves: 1 kvm_deadline_shutdown
// leaves: 1 kvm_deadline_set_oneshot
// The local APIC timer may be armed by kvmclock
@include@
@@
 #include <linux/clockchips.h>
+#include "../kvm_deadline/hook.h"

@next_event@
identifier fn = {lapic_next_event, lapic_next_deadline};
identifier delta, evt;
statement S1, S2;
@@
 int fn(unsigned long delta, struct clock_event_device *evt)
 {
 ... when != S1
+	if (kvm_deadline_serves_arm())
+		return kvm_deadline_next_event(delta, evt);
 S2
 ... when any
 }

@shutdown@
identifier evt;
statement S1, S2;
@@
 int lapic_timer_shutdown(struct clock_event_device *evt)
 {
 ... when != S1
+	if (kvm_deadline_serves())
+		return kvm_deadline_shutdown(evt);
 S2
 ... when any
 }

@set_oneshot@
identifier evt;
statement S1, S2;
@@
 int lapic_timer_set_oneshot(struct clock_event_device *evt)
 {
 ... when != S1
+	if (kvm_deadline_serves())
+		return kvm_deadline_set_oneshot(evt);
 S2
 ... when any
 }
