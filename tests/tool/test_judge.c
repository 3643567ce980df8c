// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge, and whether the driver would do what it advises: for every guest of
 * {MSR offered or not} x {clock} x {TSC deadline or not} x {Hyper-V's leaves or not}
 * x {driver absent, loaded, refused}.
 */
#include <stdio.h>
#include <string.h>

#include "../../include/kvm_deadline.h"
#include "../../tools/tool.h"
#include "suite.h"

#define KVMCLOCK_BIT	(1 << 3)	/* KVM_FEATURE_CLOCKSOURCE2 */
#define MSR_BIT		(1 << 20)
#define ANY		(-1)
#define SAFE		LEVEL_SAFE
#define PARTLY		LEVEL_PARTLY
#define RISK		LEVEL_AT_RISK

enum clock { KVM_CLOCK, TSC, HPET, HPET_ONLY, CLOCKS };
enum driver { ABSENT, LOADED, REFUSED, DRIVERS };
/* In the order of judge.c, each by words that no other has. */
enum advice {
	NONE, CLOCK_FIRST, INSTALL_MSR, INSTALL_KVMCLOCK, LOAD, FOLLOWS,
	BOOT_KVMCLOCK, KVM_LEAVES, NO_DEADLINE, ASK_HOST, CLOCK_TO_KVM,
	CLOCK_TO_HPET, ADVICES
};

static const char * const words[ADVICES] = {
	[CLOCK_FIRST]		= "first change the clock",
	[INSTALL_MSR]		= "this host offers it MSR_KVM_DEADLINE",
	[INSTALL_KVMCLOCK]	= "it computes TSC deadlines from kvmclock",
	[LOAD]			= "'modprobe kvm_deadline'",
	[FOLLOWS]		= "as soon as the clock is",
	[BOOT_KVMCLOCK]		= "boot without 'no-kvmclock' and 'nopv'",
	[KVM_LEAVES]		= "takes the host for Hyper-V",
	[NO_DEADLINE]		= "'lapic=notscdeadline'",
	[ASK_HOST]		= "kvm-deadline=auto",
	[CLOCK_TO_KVM]		= "echo kvm-clock >",
	[CLOCK_TO_HPET]		= "echo hpet >",
};

struct guest {
	int msr;
	int clock;
	int deadline;
	int hyperv;
	int driver;
};

/* By hand; each guest has to be in one row.  A kernel on kvm-clock knows its KVM. */
static const struct row {
	struct guest guest;
	enum level timers;
	enum level clock;
	enum advice advice[4];	/* on the timers */
	enum advice clock_advice;
} rows[] = {
	/* msr, clock, deadline, hyperv, driver */
	{ { ANY, KVM_CLOCK, 0, ANY, ANY }, SAFE, SAFE, { 0 }, 0 },
	{ { 1, KVM_CLOCK, 1, ANY, ABSENT }, RISK, SAFE, { INSTALL_MSR, NO_DEADLINE }, 0 },
	{ { 0, KVM_CLOCK, 1, ANY, ABSENT }, RISK, SAFE, { INSTALL_KVMCLOCK, NO_DEADLINE }, 0 },
	{ { ANY, KVM_CLOCK, 1, ANY, REFUSED }, RISK, SAFE, { LOAD, NO_DEADLINE }, 0 },
	{ { 1, KVM_CLOCK, 1, ANY, LOADED }, SAFE, SAFE, { 0 }, 0 },
	{ { 0, KVM_CLOCK, 1, ANY, LOADED }, PARTLY, SAFE, { ASK_HOST }, 0 },

	{ { ANY, TSC, 0, 0, ANY }, SAFE, RISK, { 0 }, CLOCK_TO_KVM },
	{ { 1, TSC, 1, 0, ABSENT }, RISK, RISK,
	  { CLOCK_FIRST, INSTALL_MSR, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { 0, TSC, 1, 0, ABSENT }, RISK, RISK,
	  { CLOCK_FIRST, INSTALL_KVMCLOCK, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { ANY, TSC, 1, 0, REFUSED }, RISK, RISK,
	  { CLOCK_FIRST, LOAD, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { ANY, TSC, 1, 0, LOADED }, RISK, RISK, { FOLLOWS, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { ANY, TSC, 0, 1, ANY }, SAFE, RISK, { 0 }, CLOCK_TO_HPET },
	{ { ANY, TSC, 1, 1, ANY }, RISK, RISK, { KVM_LEAVES, NO_DEADLINE }, CLOCK_TO_HPET },

	{ { ANY, HPET, 0, 0, ANY }, SAFE, SAFE, { 0 }, 0 },
	{ { 1, HPET, 1, 0, ABSENT }, RISK, SAFE, { INSTALL_MSR, NO_DEADLINE }, 0 },
	{ { 0, HPET, 1, 0, ABSENT }, RISK, SAFE, { INSTALL_KVMCLOCK, NO_DEADLINE }, 0 },
	{ { ANY, HPET, 1, 0, REFUSED }, RISK, SAFE, { LOAD, NO_DEADLINE }, 0 },
	{ { 1, HPET, 1, 0, LOADED }, SAFE, SAFE, { 0 }, 0 },
	{ { 0, HPET, 1, 0, LOADED }, PARTLY, SAFE, { ASK_HOST }, 0 },
	{ { ANY, HPET, 0, 1, ANY }, SAFE, SAFE, { 0 }, 0 },
	{ { ANY, HPET, 1, 1, ANY }, RISK, SAFE, { KVM_LEAVES, NO_DEADLINE }, 0 },

	{ { ANY, HPET_ONLY, 0, ANY, ANY }, SAFE, SAFE, { 0 }, 0 },
	{ { ANY, HPET_ONLY, 1, 0, ANY }, RISK, SAFE, { BOOT_KVMCLOCK, NO_DEADLINE }, 0 },
	{ { ANY, HPET_ONLY, 1, 1, ANY }, RISK, SAFE, { KVM_LEAVES, NO_DEADLINE }, 0 },
};

static bool kvmclock_runs(const struct guest *guest)
{
	return guest->clock == KVM_CLOCK ||
	       (guest->clock != HPET_ONLY && !guest->hyperv);
}

/* What the driver does by its contract; NULL where it refuses to be loaded. */
static const char *driver_backend(const struct guest *guest)
{
	if (!kvmclock_runs(guest) || (!guest->msr && !guest->deadline))
		return NULL;
	if (guest->clock == TSC)
		return "off";
	return guest->msr ? "msr" : "kvmclock";
}

static const char *clock_sources(const struct guest *guest)
{
	if (kvmclock_runs(guest))
		return "kvm-clock tsc hpet acpi_pm";
	return guest->hyperv ? "hyperv_clocksource_tsc_page tsc hpet acpi_pm" :
	       "tsc hpet acpi_pm";
}

static void guest_facts(const struct guest *guest, struct facts *facts)
{
	static const char * const clocks[CLOCKS] = {
		"kvm-clock", "tsc", "hpet", "hpet",
	};

	*facts = (struct facts) {
		.cpu.hypervisor = true,
		.cpu.kvm_guest = true,
		.cpu.kvm_features = KVMCLOCK_BIT | (guest->msr ? MSR_BIT : 0),
		.cpu.tsc_deadline = guest->deadline,
		.modules.driver = guest->driver == REFUSED ? MODULE_INSTALLED :
				  MODULE_ABSENT,
	};
	strcpy(facts->clock_events, guest->deadline ? "lapic-deadline" : "lapic");
	strcpy(facts->clock_source, clocks[guest->clock]);
	strcpy(facts->clock_sources, clock_sources(guest));
	if (guest->driver == LOADED)
		strcpy(facts->backend, driver_backend(guest));
}

static bool is_possible(const struct guest *guest)
{
	return guest->driver != LOADED || driver_backend(guest);
}

static bool next_guest(struct guest *guest)
{
	int number = (((guest->msr * CLOCKS + guest->clock) * 2 +
		       guest->deadline) * 2 + guest->hyperv) * DRIVERS +
		     guest->driver + 1;

	guest->driver = number % DRIVERS, number /= DRIVERS;
	guest->hyperv = number % 2, number /= 2;
	guest->deadline = number % 2, number /= 2;
	guest->clock = number % CLOCKS;
	guest->msr = number / CLOCKS;
	return guest->msr < 2;
}

static bool fits(int want, int is)
{
	return want == ANY || want == is;
}

static const struct row *row_of(const struct guest *guest)
{
	const struct row *found = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (fits(rows[i].guest.msr, guest->msr) &&
		    fits(rows[i].guest.clock, guest->clock) &&
		    fits(rows[i].guest.deadline, guest->deadline) &&
		    fits(rows[i].guest.hyperv, guest->hyperv) &&
		    fits(rows[i].guest.driver, guest->driver)) {
			assert_null(found);
			found = &rows[i];
		}
	assert_non_null(found);
	return found;
}

/* Exactly this advice and no more. */
static void assert_advice(const struct finding *finding,
			  const enum advice *wanted, size_t count)
{
	size_t i;

	for (i = 0; i < count && wanted[i]; i++) {
		assert_non_null(finding->advice[i]);
		assert_non_null(strstr(finding->advice[i], words[wanted[i]]));
	}
	assert_null(finding->advice[i]);
}

static void check_row(const struct guest *guest, const struct judgement *judgement)
{
	const struct row *row = row_of(guest);

	print_message("# msr %d clock %d deadline %d hyperv %d driver %d\n",
		      guest->msr, guest->clock, guest->deadline, guest->hyperv,
		      guest->driver);
	assert_int_equal(judgement->count, 2);
	assert_string_equal(judgement->findings[0].about, "timers");
	assert_string_equal(judgement->findings[1].about, "clock");
	assert_int_equal(judgement->findings[0].level, row->timers);
	assert_int_equal(judgement->findings[1].level, row->clock);
	assert_int_equal(judgement->verdict, row->timers > row->clock ?
					     row->timers : row->clock);
	assert_advice(&judgement->findings[0], row->advice, ARRAY_SIZE(row->advice));
	assert_advice(&judgement->findings[1], &row->clock_advice, 1);
}

static void judges_every_guest(void **state)
{
	struct guest guest = { 0 };
	struct judgement judgement;
	struct facts facts;
	int count = 0;

	(void)state;
	do {
		if (!is_possible(&guest))
			continue;
		guest_facts(&guest, &facts);
		judge(&facts, &judgement);
		check_row(&guest, &judgement);
		count++;
	} while (next_guest(&guest));
	/* All but those where the driver refuses to be loaded. */
	assert_int_equal(count, 76);
}

static enum advice advice_of(const char *text)
{
	enum advice i;

	for (i = 1; i < ADVICES; i++)
		if (strstr(text, words[i]))
			return i;
	fail_msg("nobody knows how to follow: %s", text);
	return NONE;
}

/* As a person would; what the driver refuses does not get loaded. */
static void follow(enum advice advice, struct guest *guest)
{
	switch (advice) {
	case CLOCK_TO_KVM:
		assert_true(kvmclock_runs(guest));
		guest->clock = KVM_CLOCK;
		return;
	case CLOCK_TO_HPET:
		guest->clock = HPET;
		return;
	case NO_DEADLINE:
		guest->deadline = 0;
		guest->driver = ABSENT;
		return;
	case CLOCK_FIRST:
	case FOLLOWS:
		return;
	case ASK_HOST:
		guest->msr = 1;
		break;
	case BOOT_KVMCLOCK:
	case KVM_LEAVES:
		guest->hyperv = 0;
		guest->clock = KVM_CLOCK;
		break;
	default:
		assert_true(advice != INSTALL_MSR || guest->msr);
		break;
	}
	assert_non_null(driver_backend(guest));
	guest->driver = LOADED;
}

static enum level verdict(const struct guest *guest)
{
	struct judgement judgement;
	struct facts facts;

	guest_facts(guest, &facts);
	judge(&facts, &judgement);
	return judgement.verdict;
}

/* The clock first, as the advice on the timers says, then this one of the others. */
static void check_followed(struct guest guest, const struct judgement *judgement,
			   size_t number)
{
	const char *text = judgement->findings[0].advice[number];
	enum advice advice = advice_of(text);

	if (*judgement->findings[1].advice)
		follow(advice_of(*judgement->findings[1].advice), &guest);
	if (advice == CLOCK_FIRST)
		return;
	follow(advice, &guest);
	assert_int_equal(verdict(&guest), guest.driver == LOADED && !guest.msr ?
					  LEVEL_PARTLY : LEVEL_SAFE);
}

static void advice_leads_to_what_it_promised(void **state)
{
	struct guest guest = { 0 };
	struct judgement judgement;
	struct facts facts;
	int followed = 0;
	size_t i;

	(void)state;
	do {
		if (!is_possible(&guest))
			continue;
		guest_facts(&guest, &facts);
		judge(&facts, &judgement);
		for (i = 0; judgement.findings[0].advice[i]; i++, followed++)
			check_followed(guest, &judgement, i);
	} while (next_guest(&guest));
	assert_int_equal(followed, 75);
}

/* What is not a plain guest, on top of a stock one on kvm-clock. */
struct special {
	const char *name;
	void (*change)(struct facts *facts);
	enum level verdict;
	const char *about;	/* of the finding that has to say so */
	const char *says;
	const char *advises;	/* NULL: nothing */
};

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

static void refused(struct facts *facts)
{
	strcpy(facts->backend, "msr");
	facts->counters.value[COUNTER_REFUSED] = 1;
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
	{ "refused", refused, RISK, "timers", "refused", "backend=kvmclock" },
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
	static const struct guest stock = { .deadline = 1 };
	struct facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(specials); i++) {
		guest_facts(&stock, &facts);
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
	{ "kvm_old", kvm_old, RISK, "guests", "cannot scale", "kvm-deadline=auto" },
	{ "kvm_ours", kvm_ours, PARTLY, "guests",
	  "All other guests", "in the guests that are moved" },
	{ "kvm_scales", kvm_scales, SAFE, "guests", "scales the TSC", NULL },
	{ "T5_kvm_ignores", kvm_ignores, PARTLY, "guests", "swallowed", "echo N >" },
	{ "kvm_ignores_but_has_it", kvm_ignores_but_has_it, SAFE, "kvm", "KVM offers", NULL },
	{ "kvm_does_not_ignore", kvm_does_not_ignore, SAFE, "guests", "scales the TSC", NULL },
	{ "T5_kvm_unsigned", kvm_unsigned, RISK, "boot", "no KVM here", "mokutil" },
	{ "container", contained, SAFE, "container", "to be done there", NULL },
};

static void judges_hosts(void **state)
{
	struct facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		facts = (struct facts) { .cpu.tsc_deadline = true };
		strcpy(facts.clock_events, "lapic-deadline");
		strcpy(facts.clock_source, "tsc");
		strcpy(facts.clock_sources, "tsc hpet");
		check_special(&hosts[i], &facts);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(judges_every_guest),
	cmocka_unit_test(advice_leads_to_what_it_promised),
	cmocka_unit_test(judges_what_is_special_in_a_guest),
	cmocka_unit_test(judges_hosts),
};

const struct suite judge_suite = { tests, ARRAY_SIZE(tests) };
