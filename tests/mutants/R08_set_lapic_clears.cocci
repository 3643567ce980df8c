// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// KVM_SET_LAPIC drops the timer
@@
expression vcpu;
@@
-step(vcpu, KVM_DEADLINE_EV_LAPIC_SET, 0);
+step(vcpu, KVM_DEADLINE_EV_DISABLE, 0);
