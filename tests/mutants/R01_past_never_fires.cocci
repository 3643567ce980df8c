// SPDX-License-Identifier: GPL-2.0-only
// timer.c: a deadline that was reached before the clock began is not started
@@
expression tsc;
@@
-tsc ? tsc : 1
+tsc
