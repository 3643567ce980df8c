// accel/kvm/kvm-all.c
// SPDX-License-Identifier: GPL-2.0-or-later
@@
@@
#include "sysemu/kvm_int.h"
+#include "sysemu/kvm-deadline.h"
