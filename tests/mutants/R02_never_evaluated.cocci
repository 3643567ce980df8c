// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// places: 4
// Whatever ended the host's sleep, the deadline counts as reached
@@
expression timer, tsc;
@@
-kvm_deadline_due(timer, tsc)
+true
@@
expression input, vcpu;
@@
-input.tsc = guest_tsc_now(vcpu)
+input.tsc = ~0ULL
