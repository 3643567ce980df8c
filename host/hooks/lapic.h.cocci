// SPDX-License-Identifier: GPL-2.0-only
// files: lapic.h
// leaves: 1 deadline/deadline.h
// leaves: 1 kvm_deadline
// State lives in KVM's private struct: no layout outside these modules changes.

@include@
@@
 #include <linux/kvm_host.h>
+#include "deadline/deadline.h"

@state@
@@
 struct kvm_timer {
 ...
 bool hv_timer_in_use;
+struct kvm_deadline deadline;
 };
