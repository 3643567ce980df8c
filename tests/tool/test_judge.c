// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge, and whether the driver would do what it advises: for every guest of
 * {MSR offered or not} x {clock} x {TSC deadline or not} x {kernel has kvmclock or not}
 * x {driver absent, loaded, refused}.  tests/tool-lab/guests is the same for guests in
 * the lab, with Hyper-V's leaves and without, where the driver itself answers.
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

enum clock { KVM_CLOCK, TSC, HPET, CLOCKS };
enum driver { ABSENT, LOADED, REFUSED, DRIVERS };
/* In the order of judge.c, each by words that no other has. */
enum advice {
	NONE, CLOCK_FIRST, INSTALL_MSR, INSTALL_KVMCLOCK, LOAD, FOLLOWS,
	BOOT_KVMCLOCK, NO_DEADLINE, ASK_HOST, CLOCK_TO_KVM,
	CLOCK_TO_HPET, ADVICES
};

static const char * const words[ADVICES] = {
	[CLOCK_FIRST]		= "first change the clock",
	[INSTALL_MSR]		= "this host offers it MSR_KVM_DEADLINE",
	[INSTALL_KVMCLOCK]	= "it computes TSC deadlines from kvmclock",
	[LOAD]			= "'modprobe kvm_deadline'",
	[FOLLOWS]		= "as soon as the clock is",
	[BOOT_KVMCLOCK]		= "boot without 'no-kvmclock' and 'nopv'",
	[NO_DEADLINE]		= "'lapic=notscdeadline'",
	[ASK_HOST]		= "kvm,deadline=auto",
	[CLOCK_TO_KVM]		= "echo kvm-clock >",
	[CLOCK_TO_HPET]		= "echo hpet >",
};

struct guest {
	int msr;
	int clock;
	int deadline;
	int kvmclock;
	int driver;
};

/* By hand; each guest has to be in one row. */
static const struct row {
	struct guest guest;
	enum level timers;
	enum level clock;
	enum advice advice[4];	/* on the timers */
	enum advice clock_advice;
} rows[] = {
	/* msr, clock, deadline, kvmclock, driver */
	{ { ANY, KVM_CLOCK, 0, 1, ANY }, SAFE, SAFE, { 0 }, 0 },
	{ { 1, KVM_CLOCK, 1, 1, ABSENT }, RISK, SAFE, { INSTALL_MSR, NO_DEADLINE }, 0 },
	{ { 0, KVM_CLOCK, 1, 1, ABSENT }, RISK, SAFE, { INSTALL_KVMCLOCK, NO_DEADLINE }, 0 },
	{ { ANY, KVM_CLOCK, 1, 1, REFUSED }, RISK, SAFE, { LOAD, NO_DEADLINE }, 0 },
	{ { 1, KVM_CLOCK, 1, 1, LOADED }, SAFE, SAFE, { 0 }, 0 },
	{ { 0, KVM_CLOCK, 1, 1, LOADED }, PARTLY, SAFE, { ASK_HOST }, 0 },

	{ { ANY, TSC, 0, 1, ANY }, SAFE, RISK, { 0 }, CLOCK_TO_KVM },
	{ { 1, TSC, 1, 1, ABSENT }, RISK, RISK,
	  { CLOCK_FIRST, INSTALL_MSR, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { 0, TSC, 1, 1, ABSENT }, RISK, RISK,
	  { CLOCK_FIRST, INSTALL_KVMCLOCK, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { ANY, TSC, 1, 1, REFUSED }, RISK, RISK,
	  { CLOCK_FIRST, LOAD, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { ANY, TSC, 1, 1, LOADED }, RISK, RISK, { FOLLOWS, NO_DEADLINE }, CLOCK_TO_KVM },
	{ { ANY, TSC, 0, 0, ANY }, SAFE, RISK, { 0 }, CLOCK_TO_HPET },
	{ { ANY, TSC, 1, 0, ANY }, RISK, RISK, { BOOT_KVMCLOCK, NO_DEADLINE }, CLOCK_TO_HPET },

	{ { ANY, HPET, 0, 1, ANY }, SAFE, SAFE, { 0 }, 0 },
	{ { 1, HPET, 1, 1, ABSENT }, RISK, SAFE, { INSTALL_MSR, NO_DEADLINE }, 0 },
	{ { 0, HPET, 1, 1, ABSENT }, RISK, SAFE, { INSTALL_KVMCLOCK, NO_DEADLINE }, 0 },
	{ { ANY, HPET, 1, 1, REFUSED }, RISK, SAFE, { LOAD, NO_DEADLINE }, 0 },
	{ { 1, HPET, 1, 1, LOADED }, SAFE, SAFE, { 0 }, 0 },
	{ { 0, HPET, 1, 1, LOADED }, PARTLY, SAFE, { ASK_HOST }, 0 },
	{ { ANY, HPET, 0, 0, ANY }, SAFE, SAFE, { 0 }, 0 },
	{ { ANY, HPET, 1, 0, ANY }, RISK, SAFE, { BOOT_KVMCLOCK, NO_DEADLINE }, 0 },
};

/* What the driver does by its contract; NULL where it refuses to be loaded. */
static const char *driver_backend(const struct guest *guest)
{
	if (!guest->kvmclock || (!guest->msr && !guest->deadline))
		return NULL;
	if (guest->clock == TSC)
		return "native";
	return guest->msr ? "msr" : "kvmclock";
}

static void guest_facts(const struct guest *guest, struct facts *facts)
{
	static const char * const clocks[CLOCKS] = { "kvm-clock", "tsc", "hpet" };

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
	strcpy(facts->clock_sources, guest->kvmclock ?
	       "kvm-clock tsc hpet acpi_pm" : "tsc hpet acpi_pm");
	if (guest->driver == LOADED)
		strcpy(facts->backend, driver_backend(guest));
}

static bool is_possible(const struct guest *guest)
{
	return (guest->kvmclock || guest->clock != KVM_CLOCK) &&
	       (guest->driver != LOADED || driver_backend(guest));
}

static bool next_guest(struct guest *guest)
{
	int number = (((guest->msr * CLOCKS + guest->clock) * 2 +
		       guest->deadline) * 2 + guest->kvmclock) * DRIVERS +
		     guest->driver + 1;

	guest->driver = number % DRIVERS, number /= DRIVERS;
	guest->kvmclock = number % 2, number /= 2;
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
		    fits(rows[i].guest.kvmclock, guest->kvmclock) &&
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

	print_message("# msr %d clock %d deadline %d kvmclock %d driver %d\n",
		      guest->msr, guest->clock, guest->deadline, guest->kvmclock,
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
	/* All but those where the driver refuses to be loaded, or the clock is none. */
	assert_int_equal(count, 49);
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
		assert_true(guest->kvmclock);
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
		guest->kvmclock = 1;
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
	assert_int_equal(followed, 50);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(judges_every_guest),
	cmocka_unit_test(advice_leads_to_what_it_promised),
};

const struct suite judge_suite = { tests, ARRAY_SIZE(tests) };
