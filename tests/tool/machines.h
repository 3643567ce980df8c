/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines whose whole text is in expected/, a file for each. */
#ifndef TESTS_TOOL_MACHINES_H
#define TESTS_TOOL_MACHINES_H

#include <errno.h>

#include "fake_machine.h"

#define EVENT(cpu, name) \
	{ "/sys/devices/system/clockevents/clockevent" #cpu "/current_device", name "\n", 0 }
#define CLOCK(name) \
	{ CLOCKSOURCES "/current_clocksource", name "\n", 0 }
#define CLOCKS(names) \
	{ CLOCKSOURCES "/available_clocksource", names " ", 0 }
#define BACKEND(name) \
	{ "/sys/module/kvm_deadline/parameters/backend", name "\n", 0 }
#define COUNTER(name, value) \
	{ "/sys/module/kvm_deadline/counters/" name, value "\n", 0 }
#define SWITCH(module, name, value) \
	{ "/sys/module/" module "/parameters/" name, value "\n", 0 }
#define DKMS	"/lib/modules/6.1.0-56-amd64/updates/dkms/"

#define RELEASE	{ "/proc/sys/kernel/osrelease", "6.1.0-56-amd64\n", 0 }
#define LOCKED	{ "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n", 0 }

#define HYPERVISOR	(1U << 31)	/* CPUID 1 ECX */
#define TSC_DEADLINE	(1U << 24)

static const struct fake_leaf old_vcpu[] = {
	{ 1, { .ecx = HYPERVISOR | TSC_DEADLINE }, NULL },
	{ 0x40000000, { 0 }, "KVMKVMKVM\0\0" },
	{ 0x40000001, { .eax = 8 }, NULL },
	{ 0 }
};

static const struct fake_leaf new_vcpu[] = {
	{ 1, { .ecx = HYPERVISOR | TSC_DEADLINE }, NULL },
	{ 0x40000000, { 0 }, "KVMKVMKVM\0\0" },
	{ 0x40000001, { .eax = 0x100008 }, NULL },
	{ 0 }
};

static const struct fake_leaf invariant_vcpu[] = {
	{ 1, { .ecx = HYPERVISOR | TSC_DEADLINE }, NULL },
	{ 0x40000000, { 0 }, "KVMKVMKVM\0\0" },
	{ 0x40000001, { .eax = 0x100008 }, NULL },
	{ 0x80000000, { .eax = 0x80000008 }, NULL },
	{ 0x80000007, { .edx = 1 << 8 }, NULL },
	{ 0 }
};

static const struct fake_leaf vmware_vcpu[] = {
	{ 1, { .ecx = HYPERVISOR | TSC_DEADLINE }, NULL },
	{ 0x40000000, { 0 }, "VMwareVMware" },
	{ 0 }
};

static const struct fake_leaf nameless_vcpu[] = {
	{ 1, { .ecx = HYPERVISOR }, NULL }, { 0 }
};

static const struct fake_leaf real_cpu[] = {
	{ 1, { .ecx = TSC_DEADLINE }, NULL },
	{ 0x80000000, { .eax = 0x80000008 }, NULL },
	{ 0x80000007, { .edx = 1 << 8 }, NULL },
	{ 0 }
};

static const struct fake_machine machines[] = {
	{
		.name = "stock_guest", .kvm_errno = ENOENT,
		.leaves = old_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"), EVENT(1, "lapic-deadline"),
			CLOCK("kvm-clock"), CLOCKS("kvm-clock tsc acpi_pm"),
		},
	}, {
		.name = "driver_on_old_host", .kvm_errno = ENOENT,
		.leaves = old_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"),
			CLOCK("kvm-clock"), CLOCKS("kvm-clock tsc acpi_pm"),
			BACKEND("kvmclock"), COUNTER("native", "2"),
			COUNTER("kvmclock", "4711"), COUNTER("msr", "0"),
			COUNTER("elided", "0"), COUNTER("refused", "0"),
		},
	}, {
		.name = "driver_on_new_host", .kvm_errno = ENOENT,
		.leaves = new_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"), EVENT(1, "lapic"),
			CLOCK("kvm-clock"), CLOCKS("kvm-clock tsc acpi_pm"),
			BACKEND("msr"), COUNTER("native", "2"),
			COUNTER("kvmclock", "0"), COUNTER("msr", "4711"),
			COUNTER("elided", "100"), COUNTER("refused", "0"),
		},
	}, {
		.name = "driver_that_was_refused", .kvm_errno = ENOENT,
		.native_at_last = "12",
		.leaves = new_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"),
			CLOCK("kvm-clock"), CLOCKS("kvm-clock tsc acpi_pm"),
			BACKEND("msr"), COUNTER("native", "2"),
			COUNTER("kvmclock", "0"), COUNTER("msr", "4711"),
			COUNTER("elided", "100"), COUNTER("refused", "1"),
		},
	}, {
		.name = "driver_that_follows_tsc", .kvm_errno = ENOENT,
		.native_at_last = "3",
		.leaves = new_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"),
			CLOCK("tsc"), CLOCKS("kvm-clock tsc acpi_pm"),
			BACKEND("native"), COUNTER("native", "2"),
			COUNTER("kvmclock", "0"), COUNTER("msr", "0"),
			COUNTER("elided", "0"), COUNTER("refused", "0"),
		},
	}, {
		.name = "rejected_tsc_in_container", .kvm_errno = EACCES,
		.leaves = invariant_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"), CLOCK("hpet"), CLOCKS("hpet acpi_pm"),
			{ "/run/.containerenv", "", 0 },
		},
	}, {
		.name = "tsc_guest_secure_boot", .kvm_errno = ENOENT,
		.leaves = new_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"),
			CLOCK("tsc"), CLOCKS("kvm-clock tsc acpi_pm"),
			RELEASE,
			{ "/lib/modules/6.1.0-56-amd64/modules.dep",
			  "updates/dkms/kvm_deadline.ko:\n", 0 },
			{ DKMS "kvm_deadline.ko", "not signed", 0 },
			LOCKED,
		},
	}, {
		.name = "other_hypervisor", .kvm_errno = ENOENT,
		.leaves = vmware_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"), CLOCK("tsc"), CLOCKS("tsc acpi_pm"),
		},
	}, {
		.name = "nameless_hypervisor", .kvm_errno = ENOENT,
		.leaves = nameless_vcpu,
		.files = { EVENT(0, "lapic"), CLOCK("hpet"), CLOCKS("hpet") },
	}, {
		.name = "old_host_that_ignores", .deadline_cap = 0,
		.leaves = real_cpu,
		.files = {
			EVENT(0, "lapic-deadline"), CLOCK("tsc"), CLOCKS("tsc hpet acpi_pm"),
			SWITCH("kvm_amd", "avic", "N"), SWITCH("kvm", "ignore_msrs", "Y"),
			{ "/sys/module/kvm/taint", "\n", 0 },
		},
	}, {
		.name = "our_host", .deadline_cap = 1,
		.leaves = real_cpu,
		.files = {
			EVENT(0, "lapic-deadline"), CLOCK("tsc"), CLOCKS("tsc hpet acpi_pm"),
			SWITCH("kvm_intel", "preemption_timer", "Y"),
			SWITCH("kvm_intel", "enable_apicv", "N"),
			SWITCH("kvm", "pi_inject_timer", "0"),
			SWITCH("kvm", "ignore_msrs", "Y"),
			{ "/sys/module/kvm/taint", "OE\n", 0 },
		},
	}, {
		.name = "our_host_that_scales", .deadline_cap = 1, .scaling_cap = 1,
		.leaves = real_cpu,
		.files = {
			EVENT(0, "lapic-deadline"), CLOCK("tsc"), CLOCKS("tsc hpet acpi_pm"),
			SWITCH("kvm_intel", "preemption_timer", "Y"),
			{ "/sys/module/kvm/taint", "OE\n", 0 },
			{ "/boot/vmlinuz-6.1.0-56-amd64", "", 0 },
			{ "/lib/modules/6.1.0-56-amd64/modules.dep", "updates/dkms/kvm.ko:\n", 0 },
			{ "/boot/vmlinuz-6.1.0-57-amd64", "", 0 },
		},
	}, {
		.name = "host_secure_boot", .kvm_errno = EACCES,
		.leaves = real_cpu,
		.files = {
			EVENT(0, "lapic-deadline"), CLOCK("tsc"), CLOCKS("tsc hpet acpi_pm"),
			RELEASE,
			{ "/lib/modules/6.1.0-56-amd64/modules.dep", "updates/dkms/kvm.ko:\n", 0 },
			{ DKMS "kvm.ko", "not signed", 0 },
			{ "/sys/module/module/parameters/sig_enforce", "Y\n", 0 },
		},
	}, {
		.name = "nested_host_secure_boot", .deadline_cap = 0,
		.leaves = old_vcpu,
		.files = {
			EVENT(0, "lapic-deadline"), CLOCK("tsc"), CLOCKS("kvm-clock tsc"),
			RELEASE,
			{ "/lib/modules/6.1.0-56-amd64/modules.dep", "updates/dkms/kvm.ko:\n", 0 },
			{ DKMS "kvm.ko", "not signed", 0 },
			{ "/sys/module/module/parameters/sig_enforce", "Y\n", 0 },
		},
	}, {
		.name = "silent_machine", .kvm_errno = ENOENT,
		.leaves = old_vcpu,
	},
};

#endif /* TESTS_TOOL_MACHINES_H */
