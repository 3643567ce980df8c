// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm.c target/i386/kvm/kvm-cpu.c
// places: 2
@@
@@
#include "kvm_i386.h"
+#include "kvm-deadline.h"
