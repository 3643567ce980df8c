// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/timer.c
// D is cleared but the host's timer goes on
@@
expression timer;
@@
-transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_STOP)
+transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_NOTHING)
