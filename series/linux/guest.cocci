// SPDX-License-Identifier: GPL-2.0-only
// files: arch/x86/kernel/apic/apic.c
// places: 5
// The local APIC timer may be armed by kvmclock
@include@
@@
 #include <linux/clockchips.h>
+#include "../kvm_deadline/hook.h"

@next_event@
identifier delta, evt;
@@
 static int lapic_next_event(unsigned long delta, struct clock_event_device *evt)
 {
+	if (kvm_deadline_serves_arm())
+		return kvm_deadline_next_event(delta, evt);
 ...
 }

@next_deadline@
identifier delta, evt, tsc;
typedef u64;
@@
 static int lapic_next_deadline(unsigned long delta, struct clock_event_device *evt)
 {
 u64 tsc;
+	if (kvm_deadline_serves_arm())
+		return kvm_deadline_next_event(delta, evt);
 ...
 }

@shutdown@
identifier evt, v;
@@
 static int lapic_timer_shutdown(struct clock_event_device *evt)
 {
 unsigned int v;
+	if (kvm_deadline_serves())
+		return kvm_deadline_shutdown(evt);
 ...
 }

@set_oneshot@
identifier evt;
@@
 static int lapic_timer_set_oneshot(struct clock_event_device *evt)
 {
+	if (kvm_deadline_serves())
+		return kvm_deadline_set_oneshot(evt);
 ...
 }
