// SPDX-License-Identifier: GPL-2.0-or-later
// files: hw/i386/x86.c hw/i386/x86-cpu.c
// places: 2
// cpu_get_tsc() is all that TCG's RDTSC, RDTSCP and RDMSR read.
@ tsc @
@@
-return cpus_get_elapsed_ticks();
+return lab_tsc(cpus_get_elapsed_ticks());

@ depends on tsc @
@@
#include "hw/i386/x86.h"
+#include "hw/i386/lab-tsc.h"
