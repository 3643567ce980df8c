// SPDX-License-Identifier: GPL-2.0-or-later
// files: accel/kvm/kvm-all.c
@@
@@
#include "sysemu/kvm_int.h"
+#include "sysemu/kvm-deadline.h"
