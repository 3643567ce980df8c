/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-deadline, the tool: what its files share.
 *
 * facts.c, cpu.c, modules.c and container.c look; judge.c draws conclusions and
 * looks at nothing; status.c, check.c, measure.c and watch.c talk to the person.
 */
#ifndef KVM_DEADLINE_TOOL_H
#define KVM_DEADLINE_TOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tsc_rate.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define NSEC_PER_SEC		1000000000ULL
#define CLOCKSOURCES		"/sys/devices/system/clocksource/clocksource0"

/*
 * Exit codes of "check" are the ones monitoring systems expect of a plugin;
 * EXIT_USAGE is EX_USAGE of sysexits.h.
 */
enum exit_code {
	EXIT_SAFE = 0,
	EXIT_PARTLY = 1,
	EXIT_AT_RISK = 2,
	EXIT_UNKNOWN = 3,
	EXIT_USAGE = 64,
	EXIT_FAILED = 70,
};

/* machine.c: the machine itself, which the tests replace by another */
struct cpuid_leaf { uint32_t eax, ebx, ecx, edx; };

int file_open(const char *path, int flags);
bool file_exists(const char *path);
void each_name(const char *dir, void (*each)(const char *name, void *data),
	       void *data);
void cpuid_leaf(uint32_t number, struct cpuid_leaf *leaf);
uint64_t monotonic_ns(void);
void sleep_until(uint64_t deadline_ns);
void tsc_sample(struct tsc_sample *sample);
int hold_still(void);
void arm_each_cpu(void);

/* files.c */
bool file_read(const char *path, char *text, size_t size);
bool file_read_u64(const char *path, uint64_t *value);

/* What /dev/kvm had to say. */
enum kvm_access {
	KVM_ABSENT,		/* there is no /dev/kvm */
	KVM_DENIED,		/* there is one, but it cannot be used */
	KVM_OPENED,
};

/**
 * struct cpu_facts - what CPUID and /dev/kvm say
 * @hypervisor: we run in a virtual machine
 * @signature: who says so; empty if the hypervisor hides its name
 * @kvm_guest: the hypervisor is KVM or looks like it
 * @kvm_features: EAX of KVM_CPUID_FEATURES
 * @invariant_tsc: CPUID 0x80000007 EDX bit 8
 * @tsc_deadline: CPUID 1 ECX bit 24
 * @kvm: whether the fields below it are known
 * @offers_msr: KVM_CAP_X86_DEADLINE of a VM with an in-kernel local APIC
 * @tsc_scaling: KVM_CAP_TSC_CONTROL
 */
struct cpu_facts {
	bool hypervisor;
	char signature[13];
	bool kvm_guest;
	uint32_t kvm_features;
	bool invariant_tsc;
	bool tsc_deadline;
	enum kvm_access kvm;
	bool offers_msr;
	bool tsc_scaling;
};

void cpu_look(struct cpu_facts *cpu);

/* A module that modprobe would find, for the kernel that runs. */
enum module_file {
	MODULE_ABSENT,
	MODULE_INSTALLED,
	MODULE_UNSIGNED,	/* while this kernel loads signed ones only */
};

/**
 * struct module_facts - modules as they are installed
 * @driver: kvm_deadline.ko, for a guest
 * @kvm: kvm.ko, for a host
 * @kvm_packaged: a kernel in /boot has the KVM of a package, as ours is one
 * @kernels_without: kernels in /boot that have their own or none, with commas
 */
struct module_facts {
	enum module_file driver;
	enum module_file kvm;
	bool kvm_packaged;
	char kernels_without[256];
};

void modules_look(struct module_facts *modules);

/* Files of /sys/module/kvm_deadline/counters. */
enum counter {
	COUNTER_NATIVE,
	COUNTER_KVMCLOCK,
	COUNTER_MSR,
	COUNTER_ELIDED,
	COUNTER_REFUSED,
	COUNTERS,
};

extern const char * const counter_names[COUNTERS];

/**
 * struct counter_facts - counters of the guest driver
 * @there: which there are
 * @value: what they are; 0 for one that is not there
 */
struct counter_facts {
	bool there[COUNTERS];
	uint64_t value[COUNTERS];
};

bool counters_look(struct counter_facts *counters);

/* Switches of KVM's modules. */
enum kvm_switch {
	SWITCH_PREEMPTION_TIMER,
	SWITCH_APICV,
	SWITCH_AVIC,
	SWITCH_POSTED_TIMERS,
	SWITCH_IGNORE_MSRS,
	SWITCHES,
};

enum switch_state { SWITCH_UNKNOWN, SWITCH_OFF, SWITCH_ON };

/**
 * struct facts - all that is known about this machine
 * @cpu: what CPUID and /dev/kvm say
 * @clock_events: the distinct clock event devices of the CPUs, with commas
 * @clock_source: current
 * @clock_sources: available
 * @backend: of the guest driver; empty if that is not loaded
 * @counters: of the guest driver
 * @native_now: some CPUs arm their native timer though the driver has another way
 * @modules: as they are installed
 * @kvm_module: kvm_intel or kvm_amd; empty if neither is loaded
 * @kvm_taint: flags of the module kvm that is loaded, see @kvm_loaded
 * @kvm_loaded: it is, as a module
 * @switches: of KVM's modules
 * @container: whose; empty if this is none
 */
struct facts {
	struct cpu_facts cpu;
	char clock_events[128];
	char clock_source[32];
	char clock_sources[128];
	char backend[16];
	struct counter_facts counters;
	bool native_now;
	struct module_facts modules;
	char kvm_module[16];
	char kvm_taint[16];
	bool kvm_loaded;
	enum switch_state switches[SWITCHES];
	char container[32];
};

void facts_look(struct facts *facts);
void facts_add_word(char *list, size_t size, const char *word);
bool facts_have_word(const char *list, const char *word);
bool facts_kvm_feature(const struct facts *facts, int bit);
bool facts_kvmclock_offered(const struct facts *facts);
bool facts_kvmclock(const struct facts *facts);
bool facts_driver_serves(const struct facts *facts);
bool is_tsc(const char *clock_source);

void container_look(char *name, size_t size);

/* judge.c; ordered, the worst finding is the verdict */
enum level {
	LEVEL_SAFE,
	LEVEL_PARTLY,
	LEVEL_UNKNOWN,
	LEVEL_AT_RISK,
};

#define ADVICE_MAX	3

/**
 * struct finding - one reason, in one sentence
 * @level: how bad it is
 * @about: what it is about, in one word
 * @reason: the sentence
 * @advice: what to do, best first, NULL after the last one
 */
struct finding {
	enum level level;
	const char *about;
	const char *reason;
	const char *advice[ADVICE_MAX + 1];
};

#define FINDINGS_MAX	8

struct judgement {
	enum level verdict;
	char kernels[512];	/* a reason that names them */
	size_t count;
	struct finding findings[FINDINGS_MAX];
};

void judge(const struct facts *facts, struct judgement *judgement);
const char *level_name(enum level level);
enum exit_code level_exit_code(enum level level);

/*
 * out.c: the same calls print lines for a person or, after --json, one object.
 * A key serves as label, its underscores as spaces.
 */
extern bool out_json;

enum colour { PLAIN, BOLD, GREEN, YELLOW, RED };

void out_colour_init(void);
const char *out_colour(enum colour colour);
void out_open(const char *key);
void out_list(const char *key);
void out_close(void);
void out_text(const char *key, const char *value);
void out_number(const char *key, uint64_t value);
void out_real(const char *key, double value);
void out_yes_no(const char *key, bool value);
void out_end(void);

/* The commands, with what main.c took from the command line. */
struct options {
	uint64_t sleep_ns;
	uint64_t interval_ns;
	uint64_t total_ns;	/* 0: until interrupted */
};

int status_command(const struct options *options);
int check_command(const struct options *options);
int measure_command(const struct options *options);
int watch_command(const struct options *options);

/* main.c: set by SIGINT and SIGTERM, whoever waits looks at it */
extern atomic_bool interrupted;

#endif /* KVM_DEADLINE_TOOL_H */
