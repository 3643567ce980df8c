// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_put_msrs(), after a reset and for an incoming guest.  The TSC deadline comes
// later; it is 0 when ours is armed, and then leaves ours alone (R12).
@@
symbol cpu, env;
expression has;
@@
 if (has) {
     kvm_msr_entry_add(cpu, MSR_KVM_POLL_CONTROL, env->poll_control_msr);
 }
+if (kvm_deadline_in_kernel(cpu)) {
+    kvm_msr_entry_add(cpu, MSR_KVM_DEADLINE, env->msr_kvm_deadline);
+}
