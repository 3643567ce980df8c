// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/tcg/sysemu/svm_helper.c target/i386/tcg/system/svm_helper.c
@@
@@
#include "qemu/log.h"
+#include "qemu/main-loop.h"
+#include "hw/i386/lab-bql.h"
