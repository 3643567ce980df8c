// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm-cpu.c
// leaves: 1 if (!kvm_deadline_realize(cpu, errp)) {
// After the features were filtered, before the vCPU exists.  QEMU 10 does more after it.
@@
symbol cs, errp;
@@
+if (!kvm_deadline_realize(cpu, errp)) {
+    return false;
+}
 return host_cpu_realizefn(cs, errp);

@@
symbol ret, cs, errp;
@@
+if (!kvm_deadline_realize(cpu, errp)) {
+    return false;
+}
 ret = host_cpu_realizefn(cs, errp);
