// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is this guest, or are the guests of this host, at risk when moved to a host
 * whose TSC runs at another rate?  Facts in, sentences out; nothing is read here.
 *
 * Advice has to be such that it can be followed: what the driver would refuse, or
 * what this kernel does not have, is not advised.
 */
#include <stdio.h>
#include <string.h>

#include "kvm_deadline.h"
#include "tool.h"

#define DRIVER_MSR \
	"install the driver (package kvm-deadline-guest-dkms), or load its kvm_deadline.ko; this host offers it MSR_KVM_DEADLINE"
#define DRIVER_KVMCLOCK \
	"install the driver (package kvm-deadline-guest-dkms), or load its kvm_deadline.ko; it computes TSC deadlines from kvmclock, the clock that KVM keeps right across a move, so that after one only timers set before it are wrong"
#define DRIVER_LOAD \
	"the driver is installed, but not loaded: 'modprobe kvm_deadline'; if it refuses, the kernel's log says why"
#define DRIVER_ON \
	"the driver is loaded with backend=off: 'rmmod kvm_deadline', then load it without that"
#define DRIVER_FOLLOWS \
	"the driver is loaded and follows the clock: timers are put right as soon as the clock is, see below"
#define LOAD_KVMCLOCK \
	"'rmmod kvm_deadline', then load it with backend=kvmclock"
#define LOAD_AGAIN \
	"'rmmod kvm_deadline', then load it again: it looks at each CPU anew"
#define TELL_HOST \
	"tell whoever runs the host: the VM has the CPUID bit, but its KVM does not have the MSR"
#define SIGN \
	"the driver is installed, but not signed, and this kernel loads signed modules only (Secure Boot): install openssl, reinstall the package, so that dkms signs it, then 'mokutil --import /var/lib/dkms/mok.pub' and reboot"
#define CLOCK_FIRST \
	"first change the clock, see below: where that is the TSC the driver leaves timers alone, and afterwards it serves them"
#define BOOT_KVMCLOCK \
	"boot without 'no-kvmclock' and 'nopv' (the host offers kvmclock, this kernel does not use it); then the driver, which needs it (package kvm-deadline-guest-dkms)"
#define ASK_KVMCLOCK \
	"ask whoever runs the host for kvmclock (QEMU's '-cpu ...,+kvmclock'); then the driver, which needs it (package kvm-deadline-guest-dkms)"
#define NOTSCDEADLINE \
	"without the driver, boot this kernel with 'lapic=notscdeadline': timers then count at a rate that moves along; docs/alternatives.rst has all ways side by side"
#define ASK_HOST \
	"ask whoever runs the host for a QEMU with '-accel kvm,deadline=auto -cpu ...,+kvm-deadline' for this VM, which any KVM can serve; then load the driver with backend=auto"

#define CLOCK_NOW(name) \
	"now: 'echo " name " >" CLOCKSOURCES "/current_clocksource'; for good: boot with"
#define CLOCK_KVM \
	CLOCK_NOW("kvm-clock") "out 'clocksource=tsc' and 'tsc=reliable'"
#define CLOCK_HPET	CLOCK_NOW("hpet") " 'clocksource=hpet'"
#define CLOCK_ACPI	CLOCK_NOW("acpi_pm") " 'clocksource=acpi_pm'"
#define CLOCK_BOOT \
	"boot without 'no-kvmclock' and 'nopv': the host offers kvmclock, this kernel does not use it"
#define CLOCK_ASK \
	"this kernel has no other clock: ask whoever runs the host for kvmclock (QEMU's '-cpu ...,+kvmclock')"

static struct finding *find(struct judgement *judgement, enum level level,
			    const char *about, const char *reason)
{
	struct finding *finding = &judgement->findings[judgement->count++];

	*finding = (struct finding) {
		.level = level, .about = about, .reason = reason,
	};
	if (level > judgement->verdict)
		judgement->verdict = level;
	return finding;
}

static void advise(struct finding *finding, const char *text)
{
	size_t i = 0;

	while (finding->advice[i])
		i++;
	if (i < ADVICE_MAX)
		finding->advice[i] = text;
}

static bool host_offers_msr(const struct facts *facts)
{
	return facts_kvm_feature(facts, KVM_FEATURE_DEADLINE);
}

/* A kernel that has seen its TSC go astray no longer lists it. */
static bool kernel_rejects_tsc(const struct facts *facts)
{
	return *facts->clock_sources &&
	       !facts_have_word(facts->clock_sources, "tsc") &&
	       !facts_have_word(facts->clock_sources, "tsc-early");
}

static bool tsc_is_safe(const struct facts *facts)
{
	return facts->cpu.invariant_tsc && !kernel_rejects_tsc(facts);
}

static const char *driver_advice(const struct facts *facts)
{
	if (*facts->backend)
		return strcmp(facts->backend, "native") ? DRIVER_ON : DRIVER_FOLLOWS;
	if (facts->modules.driver == MODULE_UNSIGNED)
		return SIGN;
	if (facts->modules.driver == MODULE_INSTALLED)
		return DRIVER_LOAD;
	return host_offers_msr(facts) ? DRIVER_MSR : DRIVER_KVMCLOCK;
}

static void advise_driver(const struct facts *facts, struct finding *finding)
{
	if (!facts->cpu.kvm_guest)
		return;
	/* It needs that, so the advice on the driver comes after. */
	if (!facts_kvmclock(facts)) {
		advise(finding, facts_kvmclock_offered(facts) ? BOOT_KVMCLOCK :
								ASK_KVMCLOCK);
		return;
	}
	if (is_tsc(facts->clock_source) && strcmp(facts->backend, "native"))
		advise(finding, CLOCK_FIRST);
	advise(finding, driver_advice(facts));
}

/* The clock event counts TSC ticks, and nobody promised their rate. */
static void judge_ticks(const struct facts *facts, struct judgement *judgement)
{
	struct finding *finding;

	if (facts->cpu.invariant_tsc)
		finding = find(judgement, LEVEL_AT_RISK, "timers",
			       "Timers are set in TSC ticks. The host promises their rate (invariant TSC), but this kernel does not trust that TSC: it is not among its clocks.");
	else
		finding = find(judgement, LEVEL_AT_RISK, "timers",
			       "Timers are set in ticks of a CPU clock, the TSC, whose rate may change with a move; then every sleep and timeout is wrong by the ratio of the two rates.");
	advise_driver(facts, finding);
	advise(finding, NOTSCDEADLINE);
}

static bool host_refused(const struct facts *facts)
{
	return facts->counters.value[COUNTER_REFUSED];
}

static void judge_gone_native(const struct facts *facts,
			      struct judgement *judgement)
{
	struct finding *finding;

	if (host_refused(facts)) {
		finding = find(judgement, LEVEL_AT_RISK, "timers",
			       "The host refused or ignored MSR_KVM_DEADLINE though it offers it, and CPUs went back to TSC ticks.");
		advise(finding, LOAD_KVMCLOCK);
		advise(finding, TELL_HOST);
	} else {
		finding = find(judgement, LEVEL_AT_RISK, "timers",
			       "The driver is loaded, but some CPUs set their timers in TSC ticks all the same; the kernel's log says which and why.");
		advise(finding, LOAD_AGAIN);
	}
}

static void judge_msr(const struct facts *facts, struct judgement *judgement)
{
	struct finding *finding;

	if (!host_refused(facts)) {
		find(judgement, LEVEL_SAFE, "timers",
		     "Timers are set in time, not in ticks, through MSR_KVM_DEADLINE: they stay right across a move, those already set as well.");
		return;
	}
	finding = find(judgement, LEVEL_PARTLY, "timers",
		       "Timers are set through MSR_KVM_DEADLINE, but the host has refused or ignored it before, though it offers it: CPUs then go back to TSC ticks for a while.");
	advise(finding, TELL_HOST);
}

static void judge_kvmclock(const struct facts *facts,
			   struct judgement *judgement)
{
	struct finding *finding;

	finding = find(judgement, LEVEL_PARTLY, "timers",
		       "The driver computes TSC deadlines from kvmclock: after a move only a timer that was set before it is wrong, each later one is right.");
	if (host_offers_msr(facts))
		advise(finding,
		       "the host offers MSR_KVM_DEADLINE: 'rmmod kvm_deadline', then load it with backend=msr");
	else
		advise(finding, ASK_HOST);
}

/* No sysfs: what else was not seen cannot be told either. */
static void judge_silence(struct judgement *judgement)
{
	struct finding *finding;

	finding = find(judgement, LEVEL_UNKNOWN, "timers",
		       "The kernel does not say what its timers use.");
	advise(finding, "mount sysfs: 'mount -t sysfs none /sys'");
}

static bool counts_ticks(const struct facts *facts)
{
	return facts_have_word(facts->clock_events, "lapic-deadline");
}

static void judge_stock_timers(const struct facts *facts,
			       struct judgement *judgement)
{
	if (!*facts->clock_events) {
		judge_silence(judgement);
	} else if (!counts_ticks(facts)) {
		find(judgement, LEVEL_SAFE, "timers",
		     "Timers do not count TSC ticks, so the TSC's rate does not matter to them.");
	} else if (tsc_is_safe(facts)) {
		find(judgement, LEVEL_SAFE, "timers",
		     "Timers are set in TSC ticks, but the host shows an invariant TSC: it promises the same rate wherever this guest is moved.");
	} else {
		judge_ticks(facts, judgement);
	}
}

static void judge_timers(const struct facts *facts,
			 struct judgement *judgement)
{
	/* First: with the driver a device may keep a name it no longer earns. */
	if (!facts_driver_serves(facts))
		judge_stock_timers(facts, judgement);
	else if (facts->native_now && counts_ticks(facts) && !tsc_is_safe(facts))
		judge_gone_native(facts, judgement);
	else if (!strcmp(facts->backend, "msr"))
		judge_msr(facts, judgement);
	else
		judge_kvmclock(facts, judgement);
}

/* Only a clock that this kernel has can be advised. */
static const char *clock_advice(const struct facts *facts)
{
	if (facts_kvmclock(facts))
		return CLOCK_KVM;
	if (facts_have_word(facts->clock_sources, "hpet"))
		return CLOCK_HPET;
	if (facts_have_word(facts->clock_sources, "acpi_pm"))
		return CLOCK_ACPI;
	return facts_kvmclock_offered(facts) ? CLOCK_BOOT : CLOCK_ASK;
}

static void judge_clock(const struct facts *facts, struct judgement *judgement)
{
	struct finding *finding;

	if (!*facts->clock_source) {
		find(judgement, LEVEL_UNKNOWN, "clock",
		     "The kernel does not say which clock it uses.");
	} else if (!is_tsc(facts->clock_source)) {
		find(judgement, LEVEL_SAFE, "clock",
		     "The clock is not the bare TSC, so its rate moves along.");
	} else if (tsc_is_safe(facts)) {
		find(judgement, LEVEL_SAFE, "clock",
		     "The clock is the TSC, whose rate the host promises to keep.");
	} else {
		finding = find(judgement, LEVEL_AT_RISK, "clock",
			       "The clock is a TSC whose rate may change with a move; then the time of day runs wrong.");
		advise(finding, clock_advice(facts));
	}
}

static void judge_old_host(struct judgement *judgement)
{
	struct finding *finding;

	finding = find(judgement, LEVEL_AT_RISK, "guests",
		       "Guests that set timers in TSC ticks go wrong when they come here from a host of another TSC rate: this CPU cannot scale the TSC.");
	advise(finding,
	       "start guests with QEMU's '-accel kvm,deadline=auto -cpu ...,+kvm-deadline', the driver (package kvm-deadline-guest-dkms) in them: QEMU then serves MSR_KVM_DEADLINE itself, or better a KVM that has it (kvm-deadline-host-dkms)");
	advise(finding,
	       "meanwhile, in the guests: the driver, or 'lapic=notscdeadline'; docs/alternatives.rst has all ways side by side");
}

/* A guest that brings the CPUID bit along then gets no error, and no timer. */
static void judge_ignored_msrs(const struct facts *facts,
			       struct judgement *judgement)
{
	struct finding *finding;

	if (facts->switches[SWITCH_IGNORE_MSRS] != SWITCH_ON ||
	    facts->cpu.offers_msr)
		return;
	finding = find(judgement, LEVEL_PARTLY, "guests",
		       "KVM ignores what guests write to MSRs that it does not know (ignore_msrs): one that comes here with MSR_KVM_DEADLINE in use has its timers swallowed until its driver sees it.");
	advise(finding,
	       "'echo N >/sys/module/kvm/parameters/ignore_msrs', and the same in /etc/modprobe.d");
}

static void judge_opened_host(const struct facts *facts,
			      struct judgement *judgement)
{
	bool offers = facts->cpu.offers_msr;
	struct finding *finding;

	if (offers)
		find(judgement, LEVEL_SAFE, "kvm",
		     "KVM offers MSR_KVM_DEADLINE: guests started with QEMU's '-cpu ...,+kvm-deadline', the driver (package kvm-deadline-guest-dkms) in them, keep their timers right.");
	if (facts->cpu.tsc_scaling) {
		find(judgement, LEVEL_SAFE, "guests",
		     "The CPU scales the TSC: a VMM can give each guest that comes here the rate it had.");
	} else if (offers) {
		finding = find(judgement, LEVEL_PARTLY, "guests",
			       "All other guests that set timers in TSC ticks go wrong when they come here from a host of another TSC rate: this CPU cannot scale the TSC.");
		advise(finding, "run 'kvm-deadline check' in the guests that are moved");
	} else {
		judge_old_host(judgement);
	}
	judge_ignored_msrs(facts, judgement);
}

/* It may have been loaded from elsewhere; the next boot will not. */
static void judge_unsigned_kvm(const struct facts *facts,
			       struct judgement *judgement)
{
	struct finding *finding;

	if (facts->modules.kvm != MODULE_UNSIGNED)
		return;
	finding = find(judgement, LEVEL_AT_RISK, "boot",
		       "The module kvm that is installed is not signed, and this kernel loads signed modules only (Secure Boot): after the next boot there is no KVM here.");
	advise(finding,
	       "install openssl, reinstall kvm-deadline-host-dkms, so that dkms signs its modules, then 'mokutil --import /var/lib/dkms/mok.pub' and reboot; or remove that package");
}

static void judge_other_kernels(const struct facts *facts,
				struct judgement *judgement)
{
	struct finding *finding;

	if (!facts->modules.kvm_packaged || !*facts->modules.kernels_without)
		return;
	snprintf(judgement->kernels, sizeof(judgement->kernels),
		 "Some kernels in /boot have no KVM of ours, so a boot into one of them takes MSR_KVM_DEADLINE from the guests here: %s.",
		 facts->modules.kernels_without);
	finding = find(judgement, LEVEL_PARTLY, "boot", judgement->kernels);
	advise(finding,
	       "install the headers of such a kernel (metapackage linux-headers-amd64), then 'dpkg-reconfigure kvm-deadline-host-dkms'; or remove the kernel");
}

static void judge_host(const struct facts *facts, struct judgement *judgement)
{
	struct finding *finding;

	if (facts->cpu.kvm == KVM_OPENED) {
		judge_opened_host(facts, judgement);
	} else if (facts->cpu.kvm == KVM_DENIED) {
		finding = find(judgement, LEVEL_UNKNOWN, "kvm",
			       "There is a /dev/kvm, but it cannot be used, so nobody knows what it offers to guests.");
		advise(finding, "run this as root, or as a member of the group kvm");
	}
	judge_unsigned_kvm(facts, judgement);
	judge_other_kernels(facts, judgement);
}

void judge(const struct facts *facts, struct judgement *judgement)
{
	*judgement = (struct judgement) { 0 };
	if (*facts->container)
		find(judgement, LEVEL_SAFE, "container",
		     "This is a container: its timers are those of the machine's kernel, which is judged here; what is to be done is to be done there.");
	if (facts->cpu.hypervisor) {
		judge_timers(facts, judgement);
		judge_clock(facts, judgement);
	} else if (!*facts->clock_events) {
		judge_silence(judgement);
	} else {
		find(judgement, LEVEL_SAFE, "machine",
		     "This is bare metal: it is not moved, and its own timers are right.");
	}
	judge_host(facts, judgement);
}

const char *level_name(enum level level)
{
	static const char * const names[] = {
		[LEVEL_SAFE]	= "safe",
		[LEVEL_PARTLY]	= "partly safe",
		[LEVEL_UNKNOWN]	= "unknown",
		[LEVEL_AT_RISK]	= "at risk",
	};

	return names[level];
}

enum exit_code level_exit_code(enum level level)
{
	static const enum exit_code codes[] = {
		[LEVEL_SAFE]	= EXIT_SAFE,
		[LEVEL_PARTLY]	= EXIT_PARTLY,
		[LEVEL_UNKNOWN]	= EXIT_UNKNOWN,
		[LEVEL_AT_RISK]	= EXIT_AT_RISK,
	};

	return codes[level];
}
