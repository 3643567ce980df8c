// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
@@
@@
#include "kvm_i386.h"
+#include "kvm-deadline.h"
