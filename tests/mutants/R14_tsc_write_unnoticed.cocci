// SPDX-License-Identifier: GPL-2.0-only
// x86.c: the guest's own TSC writes do not refresh K
@@
expression vcpu, adj;
@@
 adjust_tsc_offset_guest(vcpu, adj);
-kvm_deadline_clock_moved(vcpu);
