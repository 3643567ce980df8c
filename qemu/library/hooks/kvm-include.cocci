// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c
@@
@@
#include "kvm-deadline.h"
+#include "kvm-deadline-user.h"
