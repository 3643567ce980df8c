/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-deadline, the tool: what its files share.
 *
 * facts.c, cpu.c and container.c look; judge.c draws conclusions and looks at
 * nothing; status.c, check.c, measure.c and watch.c talk to the person.
 */
#ifndef KVM_DEADLINE_TOOL_H
#define KVM_DEADLINE_TOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define NSEC_PER_SEC		1000000000ULL

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

/* files.c: every path is below the root that --root gave, for the tests. */
void files_root(const char *dir);
bool files_faked(void);
int file_open(const char *path, int flags);
bool file_exists(const char *path);
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
 * @deadline_cap: KVM_CAP_X86_DEADLINE of a VM with an in-kernel local APIC
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
	int deadline_cap;
	bool tsc_scaling;
};

void cpu_look(struct cpu_facts *cpu);

/**
 * struct facts - all that is known about this machine
 * @cpu: what CPUID and /dev/kvm say
 * @clock_events: the distinct clock event devices of the CPUs, with commas
 * @clock_source: current
 * @clock_sources: available
 * @backend: of the guest driver; empty if that is not loaded
 * @refused: writes of the MSR that the host refused
 * @container: whose; empty if this is none
 */
struct facts {
	struct cpu_facts cpu;
	char clock_events[128];
	char clock_source[32];
	char clock_sources[128];
	char backend[16];
	uint64_t refused;
	char container[32];
};

void facts_look(struct facts *facts);
bool facts_have_word(const char *list, const char *word);
bool facts_kvm_feature(const struct facts *facts, int bit);
bool facts_kvmclock(const struct facts *facts);

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

/* interrupts.c */
int interrupts_open(void);
uint64_t interrupts_local_timer(int fd, int cpu);

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

uint64_t monotonic_ns(void);
void sleep_until(uint64_t deadline_ns);

#endif /* KVM_DEADLINE_TOOL_H */
