// SPDX-License-Identifier: GPL-2.0-only
// timer.c: it stays armed after it fired
@@
expression timer;
@@
-move_to(timer, KVM_DEADLINE_OFF, KVM_DEADLINE_FIRE)
+move_to(timer, KVM_DEADLINE_ARMED, KVM_DEADLINE_FIRE)
