// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// The TSC MSR reads 0 whatever armed the timer
@@
expression vcpu;
@@
-is_set(vcpu) ? 0 : kvm_get_lapic_tscdeadline_msr(vcpu)
+0
