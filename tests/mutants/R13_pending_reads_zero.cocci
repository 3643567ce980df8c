// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// Expired but not delivered, D is not seen by a save
@@
expression msr_info, timer;
@@
 msr_info->data = timer.deadline_ns;
+if (atomic_read(&vcpu_ktimer(vcpu)->pending))
+	msr_info->data = 0;
