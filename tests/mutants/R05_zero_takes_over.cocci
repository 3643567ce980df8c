// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/timer.c
// Zero to the TSC MSR disarms ours
@@
expression timer, value;
@@
-timer->state != KVM_DEADLINE_ST_OFF && !value
+false
