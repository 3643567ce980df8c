// SPDX-License-Identifier: GPL-2.0-or-later
// files: accel/kvm/kvm-all.c
// kvm_cpu_exec(): the guest waits in WRMSR, so nothing else is done in between.
@@
symbol run_ret, cpu, KVM_RUN;
@@
 run_ret = kvm_vcpu_ioctl(cpu, KVM_RUN, 0);
+while (!run_ret && x86_deadline_fast_exit(cpu)) {
+    run_ret = kvm_vcpu_ioctl(cpu, KVM_RUN, 0);
+}
