// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
@@
symbol cpu;
@@
+kvm_deadline_user_destroy_vcpu(cpu);
 g_free(cpu->kvm_msr_buf);
