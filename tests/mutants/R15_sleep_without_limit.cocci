// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// A sleep of centuries wraps the host's own timer
@@
expression left, longest;
@@
-min(left, longest)
+left
