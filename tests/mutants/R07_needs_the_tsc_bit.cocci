// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// Our CPUID bit alone does not allow mode 10b
@@
expression ktimer, modes;
@@
-ktimer->timer_mode_mask = modes;
