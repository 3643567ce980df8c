/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is behind struct kvmdl_vcpu. */
#ifndef KVMDL_VCPU_H
#define KVMDL_VCPU_H

#include "../core/timer.h"
#include "libkvmdeadline.h"

#define MSR_IA32_TSC		0x10
#define MSR_IA32_TSC_DEADLINE	0x6e0

/**
 * struct known_clock - the guest's page, as KVM said where it is
 * @clock_msr: value of MSR_KVM_SYSTEM_TIME_NEW
 * @tsc: guest TSC at that moment
 * @until_ns: good for deadlines below it; 0 for none
 * @page: what it held
 */
struct known_clock {
	uint64_t clock_msr;
	uint64_t tsc;
	uint64_t until_ns;
	struct kvm_deadline_page page;
};

/**
 * struct vcpu - one vCPU
 * @timer: the deadline
 * @given_tsc: what the kernel's timer was given for it, at most its deadline_tsc
 * @known: saves asking KVM for the clock at each arm
 * @run: mapped kvm_run
 * @read_memory: the VMM's
 * @opaque: for @read_memory
 * @vm_fd: for KVM_GET_CLOCK
 * @fd: the vCPU
 * @backend: who serves the MSR
 * @exposed: the guest's CPUID shows the MSR (R10)
 * @fresh: the vCPU has run since the last change of its clock
 * @changed: judge the deadline anew before the next run
 */
struct vcpu {
	struct kvm_deadline_timer timer;
	uint64_t given_tsc;
	struct known_clock known;
	struct kvm_run *run;
	kvmdl_read_memory *read_memory;
	void *opaque;
	int vm_fd;
	int fd;
	enum kvmdl_backend backend;
	bool exposed;
	bool fresh;
	bool changed;
};

_Static_assert(sizeof(struct vcpu) <= sizeof(struct kvmdl_vcpu),
	       "the VMM owns the memory");
_Static_assert(_Alignof(struct vcpu) == 8,
	       "the VMM owns the memory");

#endif /* KVMDL_VCPU_H */
