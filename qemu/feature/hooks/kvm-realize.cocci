// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm-cpu.c
// After the features were filtered, before the vCPU exists.
@@
symbol cs, errp;
@@
+if (!kvm_deadline_realize(cpu, errp)) {
+    return false;
+}
 return host_cpu_realizefn(cs, errp);
