// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/timer.c
// The guest may write D in every timer mode
@@
identifier timer, input;
@@
 guest_write(struct kvm_deadline_timer *timer, const struct kvm_deadline_input *input)
 {
-	if (!input->mode_ok)
-		return KVM_DEADLINE_DO_NOTHING;
 ...
 }
