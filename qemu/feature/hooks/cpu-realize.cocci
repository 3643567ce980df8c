// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.c
// After the features were filtered, before anything needs undoing on error.
@@
symbol env, cs, local_err;
@@
 x86_cpu_set_sgxlepubkeyhash(env);
+
+if (!x86_deadline_realize(cpu, errp)) {
+    return;
+}
 cpu_exec_realizefn(cs, &local_err);
