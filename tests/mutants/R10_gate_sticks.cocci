// SPDX-License-Identifier: GPL-2.0-only
// deadline.c: once open, the gate stays open
@@
expression ktimer, has;
@@
-ktimer->deadline.exposed = has
+ktimer->deadline.exposed |= has
