// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_arch_get_registers(): nothing moves while the vCPU is not running (R13).
@@
symbol out;
expression ret, cpu;
@@
+ret = kvm_deadline_user_get(cpu);
+if (ret < 0) {
+    goto out;
+}
 ret = kvm_get_debugregs(cpu);
