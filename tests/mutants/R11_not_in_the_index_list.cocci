// SPDX-License-Identifier: GPL-2.0-only
// x86.c: a VMM that copies the list misses the MSR
@@
@@
 u32 emulated_msrs_all[] = {
-	MSR_KVM_DEADLINE,
 ...
 };
