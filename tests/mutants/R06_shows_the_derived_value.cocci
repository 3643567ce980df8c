// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// The TSC MSR reads as what D was converted to
@@
expression vcpu;
@@
-is_set(vcpu) ? 0 : kvm_get_lapic_tscdeadline_msr(vcpu)
+kvm_get_lapic_tscdeadline_msr(vcpu)
