// SPDX-License-Identifier: GPL-2.0-only
// files: debugfs.c
// leaves: 1 kvm_deadline_create_debugfs
// The counters, beside KVM's own files of each vCPU.

@vcpu_debugfs@
identifier vcpu, dir;
@@
 void kvm_arch_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir)
 {
+	kvm_deadline_create_debugfs(vcpu, dir);
 ...
 }
