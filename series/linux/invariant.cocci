// SPDX-License-Identifier: GPL-2.0-only
// files: arch/x86/kernel/apic/apic.c
// No TSC deadline where the TSC's rate may change
@@
@@
-	if (boot_cpu_has(X86_FEATURE_HYPERVISOR))
-		return true;
+	/*
+	 * Without the promise of an invariant TSC the hypervisor may move its
+	 * guest to a host with another TSC rate: each TSC deadline is wrong then.
+	 */
+	if (boot_cpu_has(X86_FEATURE_HYPERVISOR)) {
+		if (boot_cpu_has(X86_FEATURE_NONSTOP_TSC))
+			return true;
+		setup_clear_cpu_cap(X86_FEATURE_TSC_DEADLINE_TIMER);
+		pr_info("TSC deadline timer not used: the TSC is not invariant\n");
+		return false;
+	}
