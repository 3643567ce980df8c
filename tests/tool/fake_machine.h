/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine made of tables, in the place of tools/machine.c: files, CPUID leaves,
 * a KVM that answers two ioctls, and a clock that goes on in sleeps only.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../tools/tool.h"

#define FAKE_FILES_MAX	32

/* The contents may hold any byte; with size 0 they are a string. */
struct fake_file {
	const char *path;
	const char *text;
	size_t size;
};

/* A signature fills EBX, ECX and EDX. */
struct fake_leaf {
	uint32_t number;
	struct cpuid_leaf is;
	const char *signature;
};

/**
 * struct fake_machine - what the tool gets to see
 * @name: for what is printed
 * @files: those that there are
 * @leaves: of CPUID, the last one has number 0; all others are 0
 * @kvm_errno: why /dev/kvm cannot be opened; 0 if it can
 * @no_vm: KVM_CREATE_VM fails
 * @no_irqchip: KVM_CREATE_IRQCHIP fails
 * @deadline_cap: what KVM_CAP_X86_DEADLINE gives
 * @scaling_cap: what KVM_CAP_TSC_CONTROL gives
 * @native_at_last: the driver's counter after each CPU has armed a timer
 */
struct fake_machine {
	const char *name;
	struct fake_file files[FAKE_FILES_MAX];
	const struct fake_leaf *leaves;
	int kvm_errno;
	bool no_vm;
	bool no_irqchip;
	int deadline_cap;
	int scaling_cap;
	const char *native_at_last;
};

/**
 * struct fake_time - time passes in sleep_until() only
 * @now_ns: CLOCK_MONOTONIC and the raw clock
 * @tsc: at that moment
 * @ticks_per_us: of the TSC
 * @late_ns: how late a sleep ends
 * @error_ns: how far apart clock and TSC are said to be read
 * @sleeps: how many there were
 * @on_sleep: called in each sleep, before time goes on
 */
struct fake_time {
	uint64_t now_ns;
	double tsc;
	double ticks_per_us;
	uint64_t late_ns;
	uint64_t error_ns;
	int sleeps;
	void (*on_sleep)(int sleep);
};

extern const struct fake_machine *fake_machine;
extern struct fake_time fake_time;

void fake_machine_start(const struct fake_machine *machine);
void fake_time_passes(uint64_t ns);

/* The linker gives the tool's calls to __wrap, see Makefile; __real is tools/proc.c. */
uint64_t __wrap_interrupts_local_timer(int fd, int cpu);
uint64_t __real_interrupts_local_timer(int fd, int cpu);
uint64_t __wrap_steal_ns(int fd, int cpu);
uint64_t __real_steal_ns(int fd, int cpu);

/* What a command prints, up to its next call, and in *code what it returns. */
const char *printed_by(int (*command)(const struct options *options),
		       const struct options *options, bool json, int *code);

#endif /* FAKE_MACHINE_H */
