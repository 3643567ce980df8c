// SPDX-License-Identifier: GPL-2.0-only
// deadline.c: our CPUID bit alone does not allow mode 10b
@@
expression ktimer, modes;
@@
-ktimer->timer_mode_mask = modes;
