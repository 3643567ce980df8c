// SPDX-License-Identifier: GPL-2.0-only
// timer.c: it stays armed after it fired
@@
expression timer;
@@
-move_to(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_FIRE)
+move_to(timer, KVM_DEADLINE_ST_ARMED, KVM_DEADLINE_DO_FIRE)
