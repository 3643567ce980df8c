// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/timer.c
// A deadline that was reached before the clock began is not started
@@
expression tsc;
@@
-tsc ? tsc : 1
+tsc
