// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/tcg/sysemu/svm_helper.c target/i386/tcg/system/svm_helper.c
// helper_vmrun() delivers an injected interrupt by itself and used to leave
// its vector pending: with icount the guest could take it twice, the second
// time with interrupts off, and deadlock.
@@
expression env, vector;
@@
 do_interrupt_x86_hardirq(env, vector, 1);
+cs->exception_index = -1;
