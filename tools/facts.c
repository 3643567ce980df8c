// SPDX-License-Identifier: GPL-2.0-only
/* Look at everything once; nothing here draws conclusions. */
#include <limits.h>
#include <linux/kvm_para.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"

#define CLOCKEVENTS	"/sys/devices/system/clockevents"
#define DRIVER		"/sys/module/kvm_deadline"

const char * const counter_names[COUNTERS] = {
	[COUNTER_NATIVE]	= "native",
	[COUNTER_KVMCLOCK]	= "kvmclock",
	[COUNTER_MSR]		= "msr",
	[COUNTER_ELIDED]	= "elided",
	[COUNTER_REFUSED]	= "refused",
};

static const char * const switch_paths[SWITCHES] = {
	[SWITCH_PREEMPTION_TIMER] = "/sys/module/kvm_intel/parameters/preemption_timer",
	[SWITCH_APICV]		= "/sys/module/kvm_intel/parameters/enable_apicv",
	[SWITCH_AVIC]		= "/sys/module/kvm_amd/parameters/avic",
	[SWITCH_POSTED_TIMERS]	= "/sys/module/kvm/parameters/pi_inject_timer",
	[SWITCH_IGNORE_MSRS]	= "/sys/module/kvm/parameters/ignore_msrs",
};

/* Is the word in a list with spaces or commas between? */
bool facts_have_word(const char *list, const char *word)
{
	size_t length = strlen(word), end;

	while (*list) {
		end = strcspn(list, ", ");
		if (end == length && !strncmp(list, word, end))
			return true;
		list += end + strspn(list + end, ", ");
	}
	return false;
}

void facts_add_word(char *list, size_t size, const char *word)
{
	size_t length = strlen(list);

	if (*word && !facts_have_word(list, word))
		snprintf(list + length, size - length, "%s%s",
			 length ? "," : "", word);
}

/* CPUs may differ: a deadline timer that was refused on one of them. */
static void look_at_clock_events(char *list, size_t size)
{
	char path[PATH_MAX], name[32];
	int cpu;

	for (cpu = 0; ; cpu++) {
		snprintf(path, sizeof(path),
			 CLOCKEVENTS "/clockevent%d/current_device", cpu);
		if (!file_exists(path))
			break;
		/* Empty for a CPU that is not online. */
		if (file_read(path, name, sizeof(name)))
			facts_add_word(list, size, name);
	}
}

/* False if the driver is not loaded. */
bool counters_look(struct counter_facts *counters)
{
	char path[PATH_MAX];
	int i;

	*counters = (struct counter_facts) { 0 };
	for (i = 0; i < COUNTERS; i++) {
		snprintf(path, sizeof(path), DRIVER "/counters/%s",
			 counter_names[i]);
		counters->there[i] = file_read_u64(path, &counters->value[i]);
	}
	return file_exists(DRIVER "/counters");
}

/* CPUs arm natively before the driver has them, so the count alone says nothing. */
static void look_at_driver(struct facts *facts)
{
	uint64_t native;

	file_read(DRIVER "/parameters/backend", facts->backend,
		  sizeof(facts->backend));
	counters_look(&facts->counters);
	if (!facts_driver_serves(facts))
		return;
	native = facts->counters.value[COUNTER_NATIVE];
	arm_each_cpu();
	counters_look(&facts->counters);
	facts->native_now = facts->counters.value[COUNTER_NATIVE] > native;
}

static void look_at_kvm_modules(struct facts *facts)
{
	const char *name = file_exists("/sys/module/kvm_intel") ? "kvm_intel" :
			   file_exists("/sys/module/kvm_amd") ? "kvm_amd" : "";
	char text[8];
	int i;

	snprintf(facts->kvm_module, sizeof(facts->kvm_module), "%s", name);
	facts->kvm_loaded = file_read("/sys/module/kvm/taint", facts->kvm_taint,
				      sizeof(facts->kvm_taint));
	/* Some are bool, some an int with the same meaning. */
	for (i = 0; i < SWITCHES; i++)
		if (file_read(switch_paths[i], text, sizeof(text)))
			facts->switches[i] = *text == 'Y' || *text == '1' ?
					     SWITCH_ON : SWITCH_OFF;
}

void facts_look(struct facts *facts)
{
	*facts = (struct facts) { 0 };
	cpu_look(&facts->cpu);
	look_at_clock_events(facts->clock_events, sizeof(facts->clock_events));
	file_read(CLOCKSOURCES "/current_clocksource", facts->clock_source,
		  sizeof(facts->clock_source));
	file_read(CLOCKSOURCES "/available_clocksource", facts->clock_sources,
		  sizeof(facts->clock_sources));
	look_at_driver(facts);
	modules_look(&facts->modules);
	look_at_kvm_modules(facts);
	container_look(facts->container, sizeof(facts->container));
}

bool facts_kvm_feature(const struct facts *facts, int bit)
{
	return facts->cpu.kvm_guest && facts->cpu.kvm_features >> bit & 1;
}

bool facts_kvmclock_offered(const struct facts *facts)
{
	return facts_kvm_feature(facts, KVM_FEATURE_CLOCKSOURCE) ||
	       facts_kvm_feature(facts, KVM_FEATURE_CLOCKSOURCE2);
}

/* Offered by the host, and not switched off by no-kvmclock. */
bool facts_kvmclock(const struct facts *facts)
{
	return facts_kvmclock_offered(facts) &&
	       facts_have_word(facts->clock_sources, "kvm-clock");
}

/* It reads "native" while it follows the TSC, and "off" when told so. */
bool facts_driver_serves(const struct facts *facts)
{
	return !strcmp(facts->backend, "msr") ||
	       !strcmp(facts->backend, "kvmclock");
}

/* For a second after boot it is called "tsc-early". */
bool is_tsc(const char *clock_source)
{
	return !strcmp(clock_source, "tsc") || !strcmp(clock_source, "tsc-early");
}
