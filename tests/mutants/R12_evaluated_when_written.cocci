// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// A host write acts at once, in the mode of the moment
@@
expression vcpu, value;
@@
-step(vcpu, KVM_DEADLINE_EV_HOST_WRITE, value);
+step(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, value);
