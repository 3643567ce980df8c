// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_arch_put_registers(): after the TSC deadline, which is 0 when ours is
// armed and then leaves ours alone (R12).
@@
expression ret, cpu;
@@
+ret = x86_deadline_put(cpu, level);
+if (ret < 0) {
+    return ret;
+}
 ret = kvm_put_debugregs(cpu);
