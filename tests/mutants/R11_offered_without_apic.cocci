// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// The capability does not look for an in-kernel APIC
@@
expression kvm;
@@
-kvm && irqchip_in_kernel(kvm) && !tsc_is_hidden(kvm)
+!kvm || !tsc_is_hidden(kvm)
