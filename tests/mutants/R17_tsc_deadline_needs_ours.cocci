// SPDX-License-Identifier: GPL-2.0-only
// timer.c: the TSC deadline is dropped while D is 0
@@
expression timer;
@@
-move_to(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_NATIVE)
+move_to(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_NOTHING)
