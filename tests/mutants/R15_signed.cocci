// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/clock.c
// Half of all deadlines count as past
@@
expression deadline_ns, clock;
@@
-deadline_ns <= clock->system_time
+(s64)(deadline_ns - clock->system_time) <= 0
