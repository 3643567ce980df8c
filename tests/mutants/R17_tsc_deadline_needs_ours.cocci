// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/timer.c
// The TSC deadline is dropped while D is 0
@@
expression timer;
@@
-transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_NATIVE)
+transition(timer, KVM_DEADLINE_ST_OFF, KVM_DEADLINE_DO_NOTHING)
