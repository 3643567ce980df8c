// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/timer.c
// It stays armed after it fired
@@
expression timer;
@@
-transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_FIRE)
+transition(timer, KVM_DEADLINE_ST_ARMED, KVM_DEADLINE_DO_FIRE)
