// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/timer.c
// A write to the TSC MSR is dropped while ours is armed
@@
expression timer, value;
@@
-timer->state != KVM_DEADLINE_ST_OFF && !value
+timer->state != KVM_DEADLINE_ST_OFF
