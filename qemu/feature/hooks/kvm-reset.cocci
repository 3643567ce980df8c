// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_arch_reset_vcpu(): reset disarms (R08).
@@
symbol cpu;
@@
+x86_deadline_reset(cpu);
 sev_es_set_reset_vector(CPU(cpu));
