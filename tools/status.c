// SPDX-License-Identifier: GPL-2.0-only
/* kvm-deadline status: what is here, without a judgement. */
#include <limits.h>
#include <string.h>

#include "kvm_deadline.h"
#include "tool.h"

static const char * const counters[] = {
	"native", "kvmclock", "msr", "spared", "refused",
};

/* A switch of a module, and nothing if the module is not loaded. */
static void show_parameter(const char *key, const char *module,
			   const char *name)
{
	char path[PATH_MAX], value[32];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module,
		 name);
	if (!file_read(path, value, sizeof(value)))
		return;
	/* Some are bool, some an int with the same meaning. */
	out_yes_no(key, *value == 'Y' || *value == '1');
}

static void show_counters(void)
{
	char path[PATH_MAX];
	uint64_t value;
	size_t i;

	out_open("counters");
	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		snprintf(path, sizeof(path),
			 "/sys/module/kvm_deadline/counters/%s", counters[i]);
		if (file_read_u64(path, &value))
			out_number(counters[i], value);
	}
	out_close();
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
	out_text("driver", *facts->backend ? facts->backend : "not loaded");
	if (*facts->backend)
		show_counters();
	out_close();
}

static void show_opened_kvm(const struct cpu_facts *cpu)
{
	out_yes_no("msr_kvm_deadline",
		   cpu->deadline_cap & KVM_CAP_X86_DEADLINE_MSR);
	out_yes_no("lazy_arming",
		   cpu->deadline_cap & KVM_CAP_X86_DEADLINE_PAIR);
	out_yes_no("tsc_scaling", cpu->tsc_scaling);
}

/* Also for those who may not ask /dev/kvm: Debian's modules are in its tree. */
static void show_modules(void)
{
	char taint[16];

	if (file_exists("/sys/module/kvm_intel"))
		out_text("module", "kvm_intel");
	else if (file_exists("/sys/module/kvm_amd"))
		out_text("module", "kvm_amd");
	if (file_read("/sys/module/kvm/taint", taint, sizeof(taint)))
		out_yes_no("module_out_of_tree", strchr(taint, 'O'));
}

static void show_host(const struct cpu_facts *cpu)
{
	out_open("host");
	show_modules();
	out_yes_no("dev_kvm_usable", cpu->kvm == KVM_OPENED);
	if (cpu->kvm == KVM_OPENED)
		show_opened_kvm(cpu);
	show_parameter("preemption_timer", "kvm_intel", "preemption_timer");
	show_parameter("apicv", "kvm_intel", "enable_apicv");
	show_parameter("avic", "kvm_amd", "avic");
	show_parameter("posted_timers", "kvm", "pi_inject_timer");
	out_close();
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
	out_text("clock_event", *facts.clock_events ? facts.clock_events :
				"unknown");
	out_text("clock_source", *facts.clock_source ? facts.clock_source :
				 "unknown");
	if (facts.cpu.hypervisor)
		show_guest(&facts);
	if (facts.cpu.kvm != KVM_ABSENT)
		show_host(&facts.cpu);
	out_end();
	return 0;
}
