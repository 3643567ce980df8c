// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/clock.c
// places: 2
// A TSC is no number modulo 2^64: a clock whose timestamp has wrapped stands still
@@
typedef s64;
expression clock, tsc;
@@
-return (s64)(tsc - clock->tsc_timestamp);
+return tsc > clock->tsc_timestamp ? (s64)(tsc - clock->tsc_timestamp) : 0;
@@
typedef s64;
expression now_tsc, tsc;
@@
-tsc < now_tsc ? KVM_DEADLINE_TSC_NEVER : tsc
+tsc < clock->tsc_timestamp ? KVM_DEADLINE_TSC_NEVER : tsc
