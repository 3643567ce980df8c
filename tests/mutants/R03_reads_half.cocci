// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// The upper half of D is lost
@@
expression msr_info, timer;
@@
-msr_info->data = timer.deadline_ns
+msr_info->data = timer.deadline_ns & 0xffffffff
