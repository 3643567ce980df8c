// target/i386/kvm/kvm.c
// SPDX-License-Identifier: GPL-2.0-or-later
@@
@@
#include "kvm_i386.h"
+#include "kvm-deadline.h"
