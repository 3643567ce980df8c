// SPDX-License-Identifier: GPL-2.0-only
/* The judge, of guests that are not as most are, and of hosts. */
#include <string.h>

#include "../../tools/tool.h"
#include "suite.h"

#define KVMCLOCK_BIT	(1 << 3)	/* KVM_FEATURE_CLOCKSOURCE2 */
#define MSR_BIT		(1 << 20)
#define SAFE		LEVEL_SAFE
#define PARTLY		LEVEL_PARTLY
#define RISK		LEVEL_AT_RISK

/* What is not a plain guest, on top of a stock one on kvm-clock. */
struct special {
	const char *name;
	void (*change)(struct facts *facts);
	enum level verdict;
	const char *about;	/* of the finding that has to say so */
	const char *says;
	const char *advises;	/* NULL: nothing */
};

static void stock_guest(struct facts *facts)
{
	*facts = (struct facts) {
		.cpu.hypervisor = true,
		.cpu.kvm_guest = true,
		.cpu.kvm_features = KVMCLOCK_BIT,
		.cpu.tsc_deadline = true,
		.clock_events = "lapic-deadline",
		.clock_source = "kvm-clock",
		.clock_sources = "kvm-clock tsc hpet acpi_pm",
	};
}

static void kernel_rejects_tsc(struct facts *facts)
{
	facts->cpu.invariant_tsc = true;
	strcpy(facts->clock_sources, "kvm-clock hpet acpi_pm");
}

static void early_tsc(struct facts *facts)
{
	facts->cpu.invariant_tsc = true;
	strcpy(facts->clock_sources, "kvm-clock tsc-early");
}

static void unread_sources(struct facts *facts)
{
	facts->cpu.invariant_tsc = true;
	*facts->clock_sources = 0;
}

static void invariant(struct facts *facts)
{
	facts->cpu.invariant_tsc = true;
	strcpy(facts->clock_source, "tsc");
}

static void unsigned_driver(struct facts *facts)
{
	facts->modules.driver = MODULE_UNSIGNED;
}

static void driver_off(struct facts *facts)
{
	strcpy(facts->backend, "off");
}

static void driver_off_on_tsc(struct facts *facts)
{
	driver_off(facts);
	strcpy(facts->clock_source, "tsc");
}

static void was_refused(struct facts *facts)
{
	strcpy(facts->backend, "msr");
	facts->counters.value[COUNTER_REFUSED] = 1;
}

static void refused(struct facts *facts)
{
	was_refused(facts);
	facts->native_now = true;
}

static void gone_native(struct facts *facts)
{
	strcpy(facts->backend, "kvmclock");
	facts->native_now = true;
}

static void gone_native_without_harm(struct facts *facts)
{
	gone_native(facts);
	facts->cpu.invariant_tsc = true;
}

static void gone_native_to_other_ticks(struct facts *facts)
{
	strcpy(facts->backend, "msr");
	facts->native_now = true;
	strcpy(facts->clock_events, "lapic");
}

static void kvmclock_by_choice(struct facts *facts)
{
	strcpy(facts->backend, "kvmclock");
	facts->cpu.kvm_features |= MSR_BIT;
}

static void old_kvmclock(struct facts *facts)
{
	facts->cpu.kvm_features = 1;	/* KVM_FEATURE_CLOCKSOURCE */
}

static void no_kvmclock_offered(struct facts *facts)
{
	facts->cpu.kvm_features = MSR_BIT;
	strcpy(facts->clock_source, "hpet");
	strcpy(facts->clock_sources, "hpet tsc");
}

static void other_hypervisor(struct facts *facts)
{
	facts->cpu.kvm_guest = false;
	facts->cpu.kvm_features = 0;
}

static void only_the_tsc(struct facts *facts)
{
	strcpy(facts->clock_events, "lapic");
	strcpy(facts->clock_source, "tsc");
	strcpy(facts->clock_sources, "tsc");
	facts->cpu.kvm_features = 0;
}

static void tsc_no_kvmclock(struct facts *facts)
{
	only_the_tsc(facts);
	facts->cpu.kvm_features = KVMCLOCK_BIT;
}

static void tsc_or_acpi(struct facts *facts)
{
	only_the_tsc(facts);
	strcpy(facts->clock_sources, "tsc acpi_pm");
}

static void no_sysfs(struct facts *facts)
{
	*facts->clock_events = 0;
	*facts->clock_source = 0;
}

static void one_cpu_of_two(struct facts *facts)
{
	strcpy(facts->clock_events, "lapic,lapic-deadline");
}

static const struct special specials[] = {
	{ "T1_kernel_rejects_tsc", kernel_rejects_tsc, RISK, "timers",
	  "does not trust", "it computes" },
	{ "tsc_is_early", early_tsc, SAFE, "timers", "promises the same rate", NULL },
	{ "sources_unknown", unread_sources, SAFE, "timers", "promises the same rate", NULL },
	{ "invariant", invariant, SAFE, "clock", "the host promises to keep", NULL },
	{ "T5_unsigned_driver", unsigned_driver, RISK, "timers",
	  "whose rate may change", "mokutil" },
	{ "driver_off", driver_off, RISK, "timers", "whose rate may change", "backend=off" },
	{ "driver_off_on_tsc", driver_off_on_tsc, RISK, "timers", "whose rate", "first change" },
	{ "was_refused", was_refused, PARTLY, "timers", "for a while", "tell whoever" },
	{ "refused", refused, RISK, "timers", "refused", "backend=kvmclock" },
	{ "T5_gone_native", gone_native, RISK, "timers", "some CPUs set", "looks at each CPU" },
	{ "gone_native_without_harm", gone_native_without_harm, PARTLY, "timers",
	  "each later one is right", "kvm,deadline=auto" },
	{ "gone_native_to_other_ticks", gone_native_to_other_ticks, SAFE, "timers",
	  "in time, not in ticks", NULL },
	{ "kvmclock_by_choice", kvmclock_by_choice, PARTLY, "timers",
	  "each later one is right", "backend=msr" },
	{ "old_kvmclock", old_kvmclock, RISK, "timers",
	  "whose rate may change", "it computes" },
	{ "T2_no_kvmclock_offered", no_kvmclock_offered, RISK, "timers",
	  "whose rate may change", "+kvmclock" },
	{ "other_hypervisor", other_hypervisor, RISK, "timers",
	  "whose rate may change", "lapic=notscdeadline" },
	{ "only_the_tsc", only_the_tsc, RISK, "clock", "time of day", "no other clock" },
	{ "tsc_no_kvmclock", tsc_no_kvmclock, RISK, "clock", "time of day", "boot without" },
	{ "tsc_or_acpi", tsc_or_acpi, RISK, "clock", "time of day", "echo acpi_pm >" },
	{ "no_sysfs", no_sysfs, LEVEL_UNKNOWN, "timers", "does not say", "mount sysfs" },
	{ "no_clock_said", no_sysfs, LEVEL_UNKNOWN, "clock",
	  "does not say which clock", NULL },
	{ "one_cpu_of_two", one_cpu_of_two, RISK, "timers",
	  "whose rate may change", "it computes" },
};

static const struct finding *finding_about(const struct judgement *judgement,
					   const char *about, enum level level)
{
	size_t i;

	for (i = 0; i < judgement->count; i++)
		if (!strcmp(judgement->findings[i].about, about) &&
		    judgement->findings[i].level == level)
			return &judgement->findings[i];
	fail_msg("nothing about %s", about);
	return NULL;
}

static void check_special(const struct special *special, struct facts *facts)
{
	const struct finding *finding;
	struct judgement judgement;

	print_message("# %s\n", special->name);
	special->change(facts);
	judge(facts, &judgement);
	assert_int_equal(judgement.verdict, special->verdict);
	finding = finding_about(&judgement, special->about, special->verdict);
	assert_non_null(strstr(finding->reason, special->says));
	if (special->advises)
		assert_non_null(strstr(*finding->advice, special->advises));
	else
		assert_null(*finding->advice);
}

static void judges_what_is_special_in_a_guest(void **state)
{
	struct facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(specials); i++) {
		stock_guest(&facts);
		check_special(&specials[i], &facts);
	}
}

static void kvm_denied(struct facts *facts)
{
	facts->cpu.kvm = KVM_DENIED;
}

static void kvm_old(struct facts *facts)
{
	facts->cpu.kvm = KVM_OPENED;
}

static void kvm_ours(struct facts *facts)
{
	facts->cpu.kvm = KVM_OPENED;
	facts->cpu.offers_msr = true;
}

static void kvm_scales(struct facts *facts)
{
	facts->cpu.kvm = KVM_OPENED;
	facts->cpu.tsc_scaling = true;
}

static void kvm_ignores(struct facts *facts)
{
	kvm_scales(facts);
	facts->switches[SWITCH_IGNORE_MSRS] = SWITCH_ON;
}

static void kvm_ignores_but_has_it(struct facts *facts)
{
	kvm_ignores(facts);
	facts->cpu.offers_msr = true;
}

static void kvm_does_not_ignore(struct facts *facts)
{
	kvm_scales(facts);
	facts->switches[SWITCH_IGNORE_MSRS] = SWITCH_OFF;
}

static void kvm_unsigned(struct facts *facts)
{
	facts->modules.kvm = MODULE_UNSIGNED;
}

static void other_kernels(struct facts *facts)
{
	kvm_scales(facts);
	facts->modules.kvm_packaged = true;
	strcpy(facts->modules.kernels_without, "6.1.0-57-amd64");
}

static void all_kernels(struct facts *facts)
{
	other_kernels(facts);
	*facts->modules.kernels_without = 0;
}

static void no_packaged_kernel(struct facts *facts)
{
	other_kernels(facts);
	facts->modules.kvm_packaged = false;
}

static void contained(struct facts *facts)
{
	strcpy(facts->container, "podman");
}

static void nothing(struct facts *facts)
{
	(void)facts;
}

static void silent(struct facts *facts)
{
	*facts->clock_events = 0;
}

static const struct special hosts[] = {
	{ "bare_metal", nothing, SAFE, "machine", "bare metal", NULL },
	{ "silent", silent, LEVEL_UNKNOWN, "timers", "does not say", "mount sysfs" },
	{ "kvm_denied", kvm_denied, LEVEL_UNKNOWN, "kvm", "cannot be used", "group kvm" },
	{ "kvm_old", kvm_old, RISK, "guests", "cannot scale", "kvm,deadline=auto" },
	{ "kvm_ours", kvm_ours, PARTLY, "guests",
	  "All other guests", "in the guests that are moved" },
	{ "kvm_scales", kvm_scales, SAFE, "guests", "scales the TSC", NULL },
	{ "T5_kvm_ignores", kvm_ignores, PARTLY, "guests", "swallowed", "echo N >" },
	{ "kvm_ignores_but_has_it", kvm_ignores_but_has_it, SAFE, "kvm", "KVM offers", NULL },
	{ "kvm_does_not_ignore", kvm_does_not_ignore, SAFE, "guests", "scales the TSC", NULL },
	{ "T5_kvm_unsigned", kvm_unsigned, RISK, "boot", "no KVM here", "mokutil" },
	{ "P9_other_kernels", other_kernels, PARTLY, "boot", "6.1.0-57-amd64",
	  "dpkg-reconfigure" },
	{ "all_kernels", all_kernels, SAFE, "guests", "scales the TSC", NULL },
	{ "no_packaged_kernel", no_packaged_kernel, SAFE, "guests", "scales the TSC", NULL },
	{ "container", contained, SAFE, "container", "to be done there", NULL },
};

static void judges_hosts(void **state)
{
	struct facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		facts = (struct facts) {
			.cpu.tsc_deadline = true,
			.clock_events = "lapic-deadline",
			.clock_source = "tsc",
			.clock_sources = "tsc hpet",
		};
		check_special(&hosts[i], &facts);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(judges_what_is_special_in_a_guest),
	cmocka_unit_test(judges_hosts),
};

const struct suite judge_special_suite = { tests, ARRAY_SIZE(tests) };
