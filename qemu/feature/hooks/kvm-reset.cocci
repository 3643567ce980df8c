// target/i386/kvm/kvm.c
// SPDX-License-Identifier: GPL-2.0-or-later
// kvm_arch_reset_vcpu(): reset disarms (R08).
@@
symbol cpu;
@@
+kvm_deadline_reset(cpu);
 sev_es_set_reset_vector(CPU(cpu));
