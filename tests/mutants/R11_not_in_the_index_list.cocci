// SPDX-License-Identifier: GPL-2.0-only
// files: x86.c msrs.c
// A VMM that copies the list misses the MSR
@@
@@
 u32 emulated_msrs_all[] = {
 ...,
-	MSR_KVM_DEADLINE,
 };
