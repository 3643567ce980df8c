// SPDX-License-Identifier: GPL-2.0-only
// files: x86.c msrs.c
// places: 2
// A VMM that copies the list stops before kvmclock's MSRs on a stock host
@@
@@
 u32 emulated_msrs_all[] = {
+	MSR_KVM_DEADLINE,
 ...,
-	MSR_KVM_DEADLINE,
 };
