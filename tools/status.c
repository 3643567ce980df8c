// SPDX-License-Identifier: GPL-2.0-only
/* kvm-deadline status: what is here, without a judgement. */
#include <string.h>

#include "kvm_deadline.h"
#include "tool.h"

static const char * const switch_keys[SWITCHES] = {
	[SWITCH_PREEMPTION_TIMER] = "preemption_timer",
	[SWITCH_APICV]		= "apicv",
	[SWITCH_AVIC]		= "avic",
	[SWITCH_POSTED_TIMERS]	= "posted_timers",
	[SWITCH_IGNORE_MSRS]	= "ignore_msrs",
};

static void show_counters(const struct counter_facts *counters)
{
	int i;

	out_open("counters");
	for (i = 0; i < COUNTERS; i++)
		if (counters->there[i])
			out_number(counter_names[i], counters->value[i]);
	out_close();
}

static const char *driver(const struct facts *facts)
{
	static const char * const not_loaded[] = {
		[MODULE_ABSENT]		= "not loaded",
		[MODULE_INSTALLED]	= "installed, not loaded",
		[MODULE_UNSIGNED]	= "installed, not signed",
	};

	return *facts->backend ? facts->backend :
	       not_loaded[facts->modules.driver];
}

static void show_guest(const struct facts *facts)
{
	const char *name = facts->cpu.signature;

	out_open("guest");
	out_text("hypervisor", facts->cpu.kvm_guest ? "KVM" :
			       *name ? name : "hides its name");
	out_yes_no("host_offers_msr",
		   facts_kvm_feature(facts, KVM_FEATURE_DEADLINE));
	out_yes_no("kvmclock", facts_kvmclock(facts));
	out_text("driver", driver(facts));
	if (facts_driver_serves(facts))
		out_yes_no("cpus_gone_native", facts->native_now);
	if (*facts->backend)
		show_counters(&facts->counters);
	out_close();
}

static void show_host(const struct facts *facts)
{
	bool opened = facts->cpu.kvm == KVM_OPENED;
	int i;

	out_open("host");
	/* Also for those who may not ask /dev/kvm. */
	if (*facts->kvm_module)
		out_text("module", facts->kvm_module);
	if (facts->kvm_loaded)
		out_yes_no("module_out_of_tree", strchr(facts->kvm_taint, 'O'));
	out_yes_no("dev_kvm_usable", opened);
	if (opened) {
		out_yes_no("msr_kvm_deadline", facts->cpu.offers_msr);
		out_yes_no("tsc_scaling", facts->cpu.tsc_scaling);
	}
	for (i = 0; i < SWITCHES; i++)
		if (facts->switches[i] != SWITCH_UNKNOWN)
			out_yes_no(switch_keys[i],
				   facts->switches[i] == SWITCH_ON);
	out_close();
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

int status_command(const struct options *options)
{
	struct facts facts;

	(void)options;
	facts_look(&facts);
	out_open("status");
	out_text("machine", facts.cpu.hypervisor ? "virtual" : "bare metal");
	if (*facts.container)
		out_text("container", facts.container);
	out_yes_no("invariant_tsc", facts.cpu.invariant_tsc);
	out_yes_no("tsc_deadline", facts.cpu.tsc_deadline);
	out_text("clock_event", or_unknown(facts.clock_events));
	out_text("clock_source", or_unknown(facts.clock_source));
	out_text("clock_sources", or_unknown(facts.clock_sources));
	if (facts.cpu.hypervisor)
		show_guest(&facts);
	if (facts.cpu.kvm != KVM_ABSENT)
		show_host(&facts);
	out_end();
	return 0;
}
