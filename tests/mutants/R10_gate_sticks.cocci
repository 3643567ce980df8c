// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// Once open, the gate stays open
@@
expression ktimer, has;
@@
-ktimer->deadline.exposed = has
+ktimer->deadline.exposed |= has
