// SPDX-License-Identifier: GPL-2.0-only
// files: x86.c msrs.c
// places: 2
// The guest's own TSC writes do not refresh K
@@
expression vcpu, adj;
@@
 adjust_tsc_offset_guest(vcpu, adj);
-kvm_deadline_request_reevaluation(vcpu);
