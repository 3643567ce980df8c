// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_arch_pre_run(): here everything is in place that a deadline is evaluated by.
@@
symbol cpu, x86_cpu;
@@
 if (cpu->interrupt_request & (CPU_INTERRUPT_NMI | CPU_INTERRUPT_SMI)) { ... }
+
+kvm_deadline_user_pre_run(x86_cpu);
