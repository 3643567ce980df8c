// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
// kvm_arch_get_supported_cpuid(): as the bit above, which KVM itself never
// shows, either (R10).
@@
symbol ret, s;
expression bit;
@@
 if (kvm_irqchip_is_split()) {
     ret |= bit;
 }
+if (!kvm_deadline_lacks(s)) {
+    ret |= CPUID_KVM_DEADLINE;
+}
