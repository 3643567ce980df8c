// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.h
// A CPU whose MSR the library serves; of all others it is NULL.
@@
@@
struct ArchCPU {
	...
	uint64_t ucode_rev;
+	struct KVMDeadlineUser *kvm_deadline_user;
	...
};
