// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.h
// What the user asked for, and the deadline while QEMU holds the registers.
@@
@@
struct ArchCPU {
	...
	uint64_t ucode_rev;
+	struct KVMDeadline *kvm_deadline;
	...
};
