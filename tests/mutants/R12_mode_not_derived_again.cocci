// SPDX-License-Identifier: GPL-2.0-only
// files: deadline/deadline.c
// places: 2
// CPUID after LAPIC leaves the timer mode of the empty CPUID
@@
expression vcpu;
@@
-apic_update_lvtt(vcpu->arch.apic);
