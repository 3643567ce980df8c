// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/tcg/sysemu/svm_helper.c target/i386/tcg/system/svm_helper.c
// leaves: 1 hflags |= HF_INHIBIT_IRQ_MASK;
// cpu_vmexit() saves the interrupt shadow, and helper_vmrun() used not to load it: a
// guest whose host took the processor between "sti" and "hlt" had its interrupt before
// the hlt, and then slept with nothing left to wake it.  QEMU 10 loads it.
@ loads @
@@
 env->hflags |= HF_INHIBIT_IRQ_MASK;

@ depends on !loads @
expression e;
@@
 env->int_ctl = x86_ldl_phys(cs, e);
+env->hflags &= ~HF_INHIBIT_IRQ_MASK;
+if (x86_ldl_phys(cs, env->vm_vmcb + offsetof(struct vmcb, control.int_state)) &
+    SVM_INTERRUPT_SHADOW_MASK) {
+    env->hflags |= HF_INHIBIT_IRQ_MASK;
+}
