// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_get_msrs(): nothing moves while the vCPU is not running (R13).
@@
symbol cpu;
expression has;
@@
 if (has) {
     kvm_msr_entry_add(cpu, MSR_KVM_POLL_CONTROL, 1);
 }
+if (kvm_deadline_in_kernel(cpu)) {
+    kvm_msr_entry_add(cpu, MSR_KVM_DEADLINE, 0);
+}
