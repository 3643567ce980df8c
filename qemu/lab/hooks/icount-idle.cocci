// SPDX-License-Identifier: GPL-2.0-or-later
// files: softmmu/icount.c accel/tcg/icount-common.c
// places: 2
// The main loop skips time when each processor is halted. It used to do so also while the
// last instructions before the HLT were still to be counted: they came on top, the next
// timer was late by as many ns, and no two runs were the same.  The processor's thread
// wakes the main loop once more when it has counted.
@ idle @
@@
-all_cpu_threads_idle()
+lab_all_idle()

@ depends on idle @
@@
#include "hw/core/cpu.h"
+#include "hw/i386/lab-idle.h"
