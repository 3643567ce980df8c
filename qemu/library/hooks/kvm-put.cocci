// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_arch_put_registers(): after the TSC deadline, which is KVM's.
@@
symbol level;
expression ret, cpu;
@@
+ret = kvm_deadline_user_put(cpu, level);
+if (ret < 0) {
+    return ret;
+}
 ret = kvm_put_debugregs(cpu);
