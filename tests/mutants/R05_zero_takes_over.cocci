// SPDX-License-Identifier: GPL-2.0-only
// timer.c: zero to the TSC MSR disarms ours
@@
expression timer, value;
@@
-timer->state != KVM_DEADLINE_ST_OFF && !value
+false
