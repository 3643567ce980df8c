// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_arch_init_vcpu(): the gate is what the guest's CPUID shows (R10).
@@
symbol cpu, env, cpuid_data, r, fail;
@@
+r = kvm_deadline_user_init_vcpu(cpu, &cpuid_data.cpuid);
+if (r) {
+    goto fail;
+}
 kvm_init_xsave(env);
