// SPDX-License-Identifier: GPL-2.0-only
/* Look at everything once; nothing here draws conclusions. */
#include <limits.h>
#include <linux/kvm_para.h>
#include <string.h>

#include "tool.h"

#define CLOCKEVENTS	"/sys/devices/system/clockevents"
#define CLOCKSOURCES	"/sys/devices/system/clocksource/clocksource0"
#define DRIVER		"/sys/module/kvm_deadline"

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

static void add_word(char *list, size_t size, const char *word)
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
			add_word(list, size, name);
	}
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
	file_read(DRIVER "/parameters/backend", facts->backend,
		  sizeof(facts->backend));
	file_read_u64(DRIVER "/counters/refused", &facts->refused);
	container_look(facts->container, sizeof(facts->container));
}

bool facts_kvm_feature(const struct facts *facts, int bit)
{
	return facts->cpu.kvm_guest && facts->cpu.kvm_features >> bit & 1;
}

/* Offered by the host, and not switched off by no-kvmclock. */
bool facts_kvmclock(const struct facts *facts)
{
	return (facts_kvm_feature(facts, KVM_FEATURE_CLOCKSOURCE) ||
		facts_kvm_feature(facts, KVM_FEATURE_CLOCKSOURCE2)) &&
	       facts_have_word(facts->clock_sources, "kvm-clock");
}
