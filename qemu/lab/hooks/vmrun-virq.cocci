// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/tcg/sysemu/svm_helper.c target/i386/tcg/system/svm_helper.c
// helper_vmrun() runs without QEMU's big lock, and interrupt_request is no
// atomic: a timer interrupt that the main thread raised in between was lost.
// A guest that spins with interrupts off then never leaves, and its host with it.
@@
identifier cs;
@@
+bql_lock();
 cs->interrupt_request |= CPU_INTERRUPT_VIRQ;
+bql_unlock();
