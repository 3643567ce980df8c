// target/i386/tcg/sysemu/svm_helper.c
// SPDX-License-Identifier: GPL-2.0-or-later
@@
@@
#include "qemu/log.h"
+#include "qemu/main-loop.h"
