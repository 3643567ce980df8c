// SPDX-License-Identifier: GPL-2.0-only
// timer.c: D is cleared but the host's timer goes on
@@
expression timer;
@@
-move_to(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_STOP)
+move_to(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_NOTHING)
