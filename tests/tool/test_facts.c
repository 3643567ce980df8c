// SPDX-License-Identifier: GPL-2.0-only
/* What is seen of a machine: CPUID, /dev/kvm, sysfs, modules, marks of containers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake_machine.h"
#include "suite.h"

#define HYPERVISOR	(1U << 31)
#define TSC_DEADLINE	(1U << 24)

static struct facts facts;

static void look(const struct fake_machine *machine)
{
	fake_machine_start(machine);
	memset(&facts, 0xa5, sizeof(facts));
	facts_look(&facts);
}

static void nothing_is_seen_of_nothing(void **state)
{
	static const struct fake_machine machine = { .kvm_errno = ENOENT };
	static const struct facts none;

	(void)state;
	look(&machine);
	assert_memory_equal(&facts.cpu, &none.cpu, sizeof(facts.cpu));
	assert_string_equal(facts.clock_events, "");
	assert_string_equal(facts.clock_source, "");
	assert_string_equal(facts.clock_sources, "");
	assert_string_equal(facts.backend, "");
	assert_string_equal(facts.kvm_module, "");
	assert_string_equal(facts.container, "");
	assert_false(facts.kvm_loaded);
	assert_int_equal(facts.switches[SWITCH_AVIC], SWITCH_UNKNOWN);
	assert_int_equal(facts.modules.driver, MODULE_ABSENT);
	assert_int_equal(facts.modules.kvm, MODULE_ABSENT);
}

static void look_at_cpu(const struct fake_leaf *leaves)
{
	struct fake_machine machine = { .kvm_errno = ENOENT, .leaves = leaves };

	look(&machine);
}

static void cpuid_of_kvm(void **state)
{
	static const struct fake_leaf leaves[] = {
		{ 1, { .ecx = HYPERVISOR | TSC_DEADLINE }, NULL },
		{ 0x40000000, { 0 }, "KVMKVMKVM\0\0" },
		{ 0x40000001, { .eax = 0x100008 }, NULL },
		{ 0x80000000, { .eax = 0x80000007 }, NULL },
		{ 0x80000007, { .edx = 1 << 8 }, NULL },
		{ 0 }
	};

	(void)state;
	look_at_cpu(leaves);
	assert_true(facts.cpu.hypervisor);
	assert_true(facts.cpu.tsc_deadline);
	assert_true(facts.cpu.kvm_guest);
	assert_true(facts.cpu.invariant_tsc);
	assert_int_equal(facts.cpu.kvm_features, 0x100008);
	assert_string_equal(facts.cpu.signature, "KVMKVMKVM");
	assert_true(facts_kvm_feature(&facts, 20));
	assert_true(facts_kvm_feature(&facts, 3));
	assert_false(facts_kvm_feature(&facts, 19));
	assert_true(facts_kvmclock_offered(&facts));
}

/* KVM's leaves stand behind Hyper-V's, even at the last place there is. */
static void cpuid_of_kvm_behind_others(void **state)
{
	static const uint32_t bases[] = { 0x40000100, 0x40000200, 0x4000ff00 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		struct fake_leaf leaves[] = {
			{ 1, { .ecx = HYPERVISOR }, NULL },
			{ 0x40000000, { 0 }, "Microsoft Hv" },
			{ bases[i], { 0 }, "KVMKVMKVM\0\0" },
			{ bases[i] + 1, { .eax = 8 }, NULL },
			{ 0 }
		};

		look_at_cpu(leaves);
		assert_true(facts.cpu.kvm_guest);
		assert_int_equal(facts.cpu.kvm_features, 8);
		assert_string_equal(facts.cpu.signature, "KVMKVMKVM");
	}
}

static void cpuid_of_others(void **state)
{
	static const struct fake_leaf leaves[] = {
		{ 1, { .ecx = HYPERVISOR }, NULL },
		{ 0x40000000, { 0 }, "VMwareVMware" },
		{ 0x40000001, { .eax = ~0 }, NULL },
		/* The leaf of the invariant TSC is not there. */
		{ 0x80000000, { .eax = 0x80000006 }, NULL },
		{ 0x80000007, { .edx = ~0 }, NULL },
		/* Not quite KVM's. */
		{ 0x40000100, { 0 }, "KVMKVMKVM\0\0\1" },
		{ 0x40000200, { 0 }, "\0VMKVMKVM\0\0" },
		{ 0 }
	};

	(void)state;
	look_at_cpu(leaves);
	assert_true(facts.cpu.hypervisor);
	assert_false(facts.cpu.kvm_guest);
	assert_false(facts.cpu.tsc_deadline);
	assert_false(facts.cpu.invariant_tsc);
	assert_string_equal(facts.cpu.signature, "VMwareVMware");
	assert_false(facts_kvm_feature(&facts, 3));
	assert_false(facts_kvmclock_offered(&facts));
}

/* On bare metal such leaves are whatever the processor makes of them. */
static void cpuid_of_bare_metal(void **state)
{
	static const struct fake_leaf leaves[] = {
		{ 1, { .ecx = ~HYPERVISOR }, NULL },
		{ 0x40000000, { 0 }, "KVMKVMKVM\0\0" },
		{ 0x40000001, { .eax = ~0 }, NULL },
		{ 0x80000000, { .eax = 0x80000008 }, NULL },
		{ 0x80000007, { .edx = ~(1U << 8) }, NULL },
		{ 0 }
	};

	(void)state;
	look_at_cpu(leaves);
	assert_false(facts.cpu.hypervisor);
	assert_true(facts.cpu.tsc_deadline);
	assert_false(facts.cpu.kvm_guest);
	assert_false(facts.cpu.invariant_tsc);
}

static void old_and_new_kvmclock(void **state)
{
	static const struct { uint32_t features; bool offered; } table[] = {
		{ 1 << 0, true }, { 1 << 3, true }, { 9, true },
		{ (uint32_t)~9, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		facts = (struct facts) {
			.cpu.kvm_guest = true,
			.cpu.kvm_features = table[i].features,
			.clock_sources = "tsc kvm-clock",
		};
		assert_int_equal(facts_kvmclock_offered(&facts), table[i].offered);
		assert_int_equal(facts_kvmclock(&facts), table[i].offered);
		strcpy(facts.clock_sources, "tsc kvm-clocks acpi_pm");
		assert_false(facts_kvmclock(&facts));
	}
}

static void dev_kvm(void **state)
{
	static const struct {
		struct fake_machine machine;
		enum kvm_access access;
		bool offers, scales;
	} table[] = {
		{ { .kvm_errno = ENOENT }, KVM_ABSENT, false, false },
		{ { .kvm_errno = EACCES }, KVM_DENIED, false, false },
		{ { .kvm_errno = ENODEV }, KVM_DENIED, false, false },
		{ { .no_vm = true, .scaling_cap = 1 }, KVM_DENIED, false, false },
		{ { .deadline_cap = 0 }, KVM_OPENED, false, false },
		{ { .deadline_cap = 1 }, KVM_OPENED, true, false },
		{ { .deadline_cap = -1, .scaling_cap = -1 }, KVM_OPENED, false, false },
		{ { .scaling_cap = 1 }, KVM_OPENED, false, true },
		{ { .deadline_cap = 1, .scaling_cap = 1 }, KVM_OPENED, true, true },
		{ { .deadline_cap = 1, .no_irqchip = true }, KVM_OPENED, false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		look(&table[i].machine);
		assert_int_equal(facts.cpu.kvm, table[i].access);
		assert_int_equal(facts.cpu.offers_msr, table[i].offers);
		assert_int_equal(facts.cpu.tsc_scaling, table[i].scales);
	}
}

#define EVENT(cpu) "/sys/devices/system/clockevents/clockevent" #cpu "/current_device"

static void clock_events_of_all_cpus(void **state)
{
	static const struct { struct fake_machine machine; const char *events; } table[] = {
		{ { .files = { { EVENT(0), "lapic\n", 0 }, { EVENT(1), "lapic\n", 0 } } },
		  "lapic" },
		{ { .files = { { EVENT(0), "lapic-deadline\n", 0 }, { EVENT(1), "\n", 0 },
			       { EVENT(2), "lapic\n", 0 }, { EVENT(3), "lapic-deadline\n", 0 } } },
		  "lapic-deadline,lapic" },
		{ { .files = { { EVENT(0), "hpet\n", 0 }, { EVENT(2), "lapic\n", 0 } } },
		  "hpet" },
		{ { .files = { { EVENT(1), "lapic\n", 0 } } }, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		look(&table[i].machine);
		assert_string_equal(facts.clock_events, table[i].events);
	}
}

static void words_of_lists(void **state)
{
	static const struct { const char *list, *word; bool there; } table[] = {
		{ "kvm-clock tsc acpi_pm", "tsc", true },
		{ "kvm-clock tsc acpi_pm", "kvm-clock", true },
		{ "kvm-clock tsc acpi_pm", "acpi_pm", true },
		{ "kvm-clock tsc-early", "tsc", false },
		{ "kvm-clock  ,tsc", "tsc", true },
		{ "lapic,lapic-deadline", "lapic-deadline", true },
		{ "lapic-deadline", "lapic", false },
		{ "", "tsc", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(facts_have_word(table[i].list, table[i].word),
				 table[i].there);
	assert_true(is_tsc("tsc"));
	assert_true(is_tsc("tsc-early"));
	assert_false(is_tsc("hyperv_clocksource_tsc_page"));
	assert_false(is_tsc("tscx"));
	assert_false(is_tsc(""));
}

#define COUNTER(name)	"/sys/module/kvm_deadline/counters/" name

static void counters_of_the_driver(void **state)
{
	static const struct fake_machine machine = { .files = {
		{ "/sys/module/kvm_deadline/parameters/backend", "msr\n", 0 },
		{ COUNTER("native"), "1\n", 0 },
		{ COUNTER("kvmclock"), "0\n", 0 },
		{ COUNTER("msr"), "18446744073709551615\n", 0 },
		{ COUNTER("elided"), "18446744073709551616\n", 0 },
		{ COUNTER("refused"), "7 of 9\n", 0 },
	} };

	(void)state;
	look(&machine);
	assert_string_equal(facts.backend, "msr");
	assert_int_equal(facts.counters.value[COUNTER_NATIVE], 1);
	assert_true(facts.counters.there[COUNTER_NATIVE]);
	assert_true(facts.counters.there[COUNTER_KVMCLOCK]);
	assert_true(facts.counters.value[COUNTER_MSR] == UINT64_MAX);
	/* No numbers. */
	assert_false(facts.counters.there[COUNTER_ELIDED]);
	assert_false(facts.counters.there[COUNTER_REFUSED]);
	assert_int_equal(facts.counters.value[COUNTER_ELIDED], 0);
	assert_int_equal(facts.counters.value[COUNTER_REFUSED], 0);
	assert_true(counters_look(&facts.counters));
	fake_machine = &(const struct fake_machine) { 0 };
	assert_false(counters_look(&facts.counters));
	assert_false(facts.counters.there[COUNTER_NATIVE]);
}

/* Whether the native counter grows while each CPU arms, and only where it should not. */
static void cpus_that_went_native(void **state)
{
	static const struct {
		const char *backend, *before, *after;
		bool native_now;
	} table[] = {
		{ "msr", "7", "8", true }, { "msr", "7", "7", false },
		{ "kvmclock", "0", "1", true }, { "kvmclock", "0", "0", false },
		{ "off", "7", "8", false }, { "native", "7", "8", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct fake_machine machine = {
			.native_at_last = table[i].after,
			.files = {
				{ "/sys/module/kvm_deadline/parameters/backend",
				  table[i].backend, 0 },
				{ COUNTER("native"), table[i].before, 0 },
			},
		};

		look(&machine);
		assert_int_equal(facts.native_now, table[i].native_now);
	}
}

static void long_files_are_cut_off(void **state)
{
	static const struct fake_machine machine = { .files = {
		{ "/long", "0123456789\n\n ", 0 }, { "/blank", " ", 0 },
		{ "/kept", "a b\n", 0 },
	} };
	char text[] = "....... behind it", whole[32];

	(void)state;
	fake_machine = &machine;
	assert_true(file_read("/long", text, 6));
	assert_memory_equal(text, "01234\0. behind it", sizeof(text));
	assert_true(file_read("/long", whole, sizeof(whole)));
	assert_string_equal(whole, "0123456789");
	assert_true(file_read("/blank", whole, sizeof(whole)));
	assert_string_equal(whole, "");
	assert_true(file_read("/kept", whole, sizeof(whole)));
	assert_string_equal(whole, "a b");
	assert_false(file_read("/none", whole, sizeof(whole)));
	assert_string_equal(whole, "");
}

#define PARAMETER(module, name)	"/sys/module/" module "/parameters/" name

static void kvm_modules(void **state)
{
	static const struct fake_machine intel = { .files = {
		{ PARAMETER("kvm_intel", "preemption_timer"), "Y\n", 0 },
		{ PARAMETER("kvm_intel", "enable_apicv"), "N\n", 0 },
		{ PARAMETER("kvm", "pi_inject_timer"), "1\n", 0 },
		{ PARAMETER("kvm", "ignore_msrs"), "Y\n", 0 },
		{ "/sys/module/kvm/taint", "OE\n", 0 },
	} };
	static const struct fake_machine amd = { .files = {
		{ PARAMETER("kvm_amd", "avic"), "0\n", 0 },
		{ PARAMETER("kvm", "ignore_msrs"), "N\n", 0 },
		{ "/sys/module/kvm/taint", "\n", 0 },
	} };

	(void)state;
	look(&intel);
	assert_string_equal(facts.kvm_module, "kvm_intel");
	assert_string_equal(facts.kvm_taint, "OE");
	assert_true(facts.kvm_loaded);
	assert_int_equal(facts.switches[SWITCH_PREEMPTION_TIMER], SWITCH_ON);
	assert_int_equal(facts.switches[SWITCH_APICV], SWITCH_OFF);
	assert_int_equal(facts.switches[SWITCH_AVIC], SWITCH_UNKNOWN);
	assert_int_equal(facts.switches[SWITCH_POSTED_TIMERS], SWITCH_ON);
	assert_int_equal(facts.switches[SWITCH_IGNORE_MSRS], SWITCH_ON);
	look(&amd);
	assert_string_equal(facts.kvm_module, "kvm_amd");
	assert_string_equal(facts.kvm_taint, "");
	assert_true(facts.kvm_loaded);
	assert_int_equal(facts.switches[SWITCH_AVIC], SWITCH_OFF);
	assert_int_equal(facts.switches[SWITCH_IGNORE_MSRS], SWITCH_OFF);
	assert_int_equal(facts.switches[SWITCH_APICV], SWITCH_UNKNOWN);
}

#define DIR	"/lib/modules/6.1.0-56-amd64/"
#define SIGNED	"ELF...~Module signature appended~\n"
#define UNSIGNED "ELF...~Module signature appended~"
#define BOTH \
	"kernel/drivers/x.ko: updates/kvm_deadline.ko\n" \
	"updates/kvm_deadline.ko:\n" \
	"updates/kvm-amd.ko: updates/kvm.ko kernel/ccp.ko\n" \
	"updates/kvm.ko: kernel/irqbypass.ko\n"
#define COMPRESSED	"kernel/kvm.ko.xz:\nextra/kvm_deadline.ko.zst: a\n"
#define OTHERS \
	"kernel/kvm_deadline_x.ko:\n" \
	"kernel/kvm-amd.ko: kernel/kvm.ko\n" \
	"kvm/x.ko:\n"

/* What is NULL is not there. */
static const struct installed {
	const char *name;
	const char *release;
	const char *dep;
	const char *driver, *kvm;
	const char *lockdown;
	const char *enforce;
	enum module_file driver_state, kvm_state;
} installed[] = {
	{ "no Secure Boot, nothing signed", "6.1.0-56-amd64", BOTH, UNSIGNED, UNSIGNED,
	  "[none] integrity confidentiality", "N", MODULE_INSTALLED, MODULE_INSTALLED },
	{ "Secure Boot, kvm signed", "6.1.0-56-amd64", BOTH, UNSIGNED, SIGNED,
	  "none [integrity] confidentiality", NULL, MODULE_UNSIGNED, MODULE_INSTALLED },
	{ "Secure Boot, the driver signed", "6.1.0-56-amd64", BOTH, SIGNED, "x",
	  "none integrity [confidentiality]", "N", MODULE_INSTALLED, MODULE_UNSIGNED },
	{ "lockdown that cannot be read", "6.1.0-56-amd64", BOTH, UNSIGNED, UNSIGNED,
	  "", NULL, MODULE_INSTALLED, MODULE_INSTALLED },
	{ "enforced without Secure Boot", "6.1.0-56-amd64", BOTH, UNSIGNED, UNSIGNED,
	  NULL, "Y", MODULE_UNSIGNED, MODULE_UNSIGNED },
	{ "compressed: nobody knows", "6.1.0-56-amd64", COMPRESSED, NULL, NULL,
	  NULL, "Y", MODULE_INSTALLED, MODULE_INSTALLED },
	{ "listed, but not there", "6.1.0-56-amd64", BOTH, NULL, NULL,
	  NULL, "Y", MODULE_INSTALLED, MODULE_INSTALLED },
	{ "others of such a name", "6.1.0-56-amd64", OTHERS, NULL, NULL,
	  NULL, NULL, MODULE_ABSENT, MODULE_ABSENT },
	{ "no folder before it", "6.1.0-56-amd64", "kvm.ko:\nkvm_deadline.ko", NULL, NULL,
	  NULL, NULL, MODULE_INSTALLED, MODULE_INSTALLED },
	{ "another kernel's", "6.12", BOTH, NULL, NULL,
	  NULL, NULL, MODULE_ABSENT, MODULE_ABSENT },
	{ "no release", NULL, BOTH, NULL, NULL,
	  NULL, NULL, MODULE_ABSENT, MODULE_ABSENT },
	{ "no list", "6.1.0-56-amd64", NULL, NULL, NULL,
	  NULL, NULL, MODULE_ABSENT, MODULE_ABSENT },
};

static void add_file(struct fake_machine *machine, const char *path,
		     const char *text)
{
	struct fake_file *file = machine->files;

	while (file->path)
		file++;
	if (text)
		*file = (struct fake_file) { path, text, 0 };
}

static void modules_that_are_installed(void **state)
{
	const struct installed *row = installed;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(installed); i++, row++) {
		struct fake_machine machine = { .kvm_errno = ENOENT };

		print_message("# %s\n", row->name);
		add_file(&machine, "/proc/sys/kernel/osrelease", row->release);
		add_file(&machine, DIR "modules.dep", row->dep);
		add_file(&machine, DIR "updates/kvm_deadline.ko", row->driver);
		add_file(&machine, DIR "updates/kvm.ko", row->kvm);
		add_file(&machine, "/sys/kernel/security/lockdown", row->lockdown);
		add_file(&machine, "/sys/module/module/parameters/sig_enforce",
			 row->enforce);
		look(&machine);
		assert_int_equal(facts.modules.driver, row->driver_state);
		assert_int_equal(facts.modules.kvm, row->kvm_state);
	}
}

#define DEP(release, text) \
	{ "/lib/modules/" release "/modules.dep", text, 0 }
#define PACKAGED	"kernel/x.ko:\nupdates/dkms/kvm.ko: a\n"
#define OWN		"kernel/arch/x86/kvm/kvm.ko: updates/dkms/kvm.ko\n"

static const struct {
	struct fake_machine machine;
	bool packaged;
	const char *without;
} kernels[] = {
	{ { .files = { { "/boot/vmlinuz-6.1.0-1", "", 0 }, DEP("6.1.0-1", PACKAGED),
		       { "/boot/config-6.1.0-2", "", 0 } } }, true, "" },
	{ { .files = { { "/boot/vmlinuz-6.1.0-1", "", 0 }, DEP("6.1.0-1", OWN) } },
	  false, "6.1.0-1" },
	{ { .files = { { "/boot/vmlinuz-6.1.0-1", "", 0 }, DEP("6.1.0-1", PACKAGED),
		       { "/boot/vmlinuz-6.1.0-2", "", 0 }, DEP("6.1.0-2", OWN),
		       { "/boot/vmlinuz-6.12", "", 0 } } }, true, "6.1.0-2,6.12" },
	/* That has no image is not booted. */
	{ { .files = { DEP("6.1.0-1", PACKAGED) } }, false, "" },
};

static void kernels_that_may_be_next(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		look(&kernels[i].machine);
		assert_int_equal(facts.modules.kvm_packaged, kernels[i].packaged);
		assert_string_equal(facts.modules.kernels_without, kernels[i].without);
	}
}

#define RELEASE(text)	{ "/proc/sys/kernel/osrelease", text "\n", 0 }
#define ENVIRON(text)	{ "/proc/1/environ", text, sizeof(text) - 1 }

static const struct {
	struct fake_machine machine;
	const char *container;
} containers[] = {
	{ { .files = { { "/run/host/container-manager", "flatpak\n", 0 },
		       { "/.dockerenv", "", 0 } } }, "flatpak" },
	{ { .files = { { "/run/systemd/container", "systemd-nspawn\n", 0 } } }, "systemd-nspawn" },
	{ { .files = { { "/run/systemd/container", "\n", 0 },
		       { "/.dockerenv", "", 0 } } }, "docker" },
	{ { .files = { { "/run/.containerenv", "", 0 }, { "/.dockerenv", "", 0 } } }, "podman" },
	{ { .files = { { "/.dockerenv", "", 0 } } }, "docker" },
	{ { .files = { { "/run/secrets/kubernetes.io", "", 0 } } }, "kubernetes" },
	{ { .files = { { "/var/run/secrets/kubernetes.io/x", "", 0 } } }, "kubernetes" },
	{ { .files = { { "/proc/vz/veinfo", "", 0 } } }, "openvz" },
	{ { .files = { { "/proc/vz/veinfo", "", 0 }, { "/proc/bc", "", 0 } } }, "" },
	{ { .files = { RELEASE("5.15.90.1-microsoft-standard-WSL2") } }, "wsl" },
	{ { .files = { RELEASE("4.4.0-19041-Microsoft") } }, "wsl" },
	{ { .files = { RELEASE("6.1.0-56-amd64") } }, "" },
	{ { .files = { ENVIRON("PATH=/bin\0container=lxc\0HOME=/\0") } }, "lxc" },
	{ { .files = { ENVIRON("container=lxc") } }, "lxc" },
	{ { .files = { ENVIRON("PATH=/bin\0xcontainer=lxc\0container=\0") } }, "" },
	{ { .files = { ENVIRON("\0container=lxc\0") } }, "" },
	{ { .files = { ENVIRON("container=a-name-that-is-longer-than-any-that-there-are\0") } },
	  "a-name-that-is-longer-than-any-" },
};

static void marks_of_containers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(containers); i++) {
		look(&containers[i].machine);
		assert_string_equal(facts.container, containers[i].container);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(nothing_is_seen_of_nothing),
	cmocka_unit_test(cpuid_of_kvm),
	cmocka_unit_test(cpuid_of_kvm_behind_others),
	cmocka_unit_test(cpuid_of_others),
	cmocka_unit_test(cpuid_of_bare_metal),
	cmocka_unit_test(old_and_new_kvmclock),
	cmocka_unit_test(dev_kvm),
	cmocka_unit_test(clock_events_of_all_cpus),
	cmocka_unit_test(words_of_lists),
	cmocka_unit_test(counters_of_the_driver),
	cmocka_unit_test(cpus_that_went_native),
	cmocka_unit_test(long_files_are_cut_off),
	cmocka_unit_test(kvm_modules),
	cmocka_unit_test(modules_that_are_installed),
	cmocka_unit_test(kernels_that_may_be_next),
	cmocka_unit_test(marks_of_containers),
};

const struct suite facts_suite = { tests, ARRAY_SIZE(tests) };
