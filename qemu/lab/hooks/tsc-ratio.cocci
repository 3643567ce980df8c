// SPDX-License-Identifier: GPL-2.0-or-later
// files: hw/i386/x86.c
// cpu_get_tsc() is all that TCG's RDTSC, RDTSCP and RDMSR read.
@@
@@
-return cpus_get_elapsed_ticks();
+return lab_tsc(cpus_get_elapsed_ticks());
