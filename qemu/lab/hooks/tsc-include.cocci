// SPDX-License-Identifier: GPL-2.0-or-later
// files: hw/i386/x86.c
@@
@@
#include "hw/i386/x86.h"
+#include "hw/i386/lab-tsc.h"
