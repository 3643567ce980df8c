// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// The guest needs no CPUID bit
@@
expression vcpu;
@@
-lapic_in_kernel(vcpu) && vcpu_ktimer(vcpu)->deadline.exposed
+lapic_in_kernel(vcpu)
