// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.c
// What TCG and kvm=off take away in silence, asked for by name.
@@
symbol cpu, env;
@@
 if (!kvm_enabled() || !cpu->expose_kvm) {
+    mark_unavailable_features(cpu, FEAT_KVM, env->features[FEAT_KVM] & CPUID_KVM_DEADLINE, "This needs KVM, and kvm=on");
     env->features[FEAT_KVM] = 0;
 }
