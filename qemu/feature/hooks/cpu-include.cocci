// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.c
@@
@@
#include "kvm/kvm_i386.h"
+#include "kvm/kvm-deadline.h"
