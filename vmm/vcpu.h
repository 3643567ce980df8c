/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is behind struct kvmdl_vcpu. */
#ifndef KVMDL_VCPU_H
#define KVMDL_VCPU_H

#include "../core/timer.h"
#include "libkvmdeadline.h"

#define MSR_IA32_TSC		0x10
#define MSR_IA32_TSC_DEADLINE	0x6e0

/**
 * struct cached_page - the guest's page, as KVM said where it is
 * @clock_msr: value of MSR_KVM_SYSTEM_TIME_NEW
 * @tsc: guest TSC at that moment
 * @until_ns: good for deadlines below it; 0 for none
 * @page: what it held
 */
struct cached_page {
	uint64_t clock_msr;
	uint64_t tsc;
	uint64_t until_ns;
	struct kvm_deadline_page page;
};

/**
 * struct vcpu - one vCPU
 * @timer: the deadline
 * @programmed_tsc: TSC deadline that KVM was given for it, at most its deadline_tsc
 * @programmed_ns: when, CLOCK_MONOTONIC; kept only for what is not deadline_tsc
 * @suspended_ns: how long the host has been suspended, at the last look
 * @cached: saves asking KVM for the clock at each arm
 * @run: mapped kvm_run
 * @read_memory: the VMM's
 * @opaque: for @read_memory
 * @vm_fd: for KVM_GET_CLOCK
 * @fd: the vCPU
 * @backend: who serves the MSR
 * @exposed: the guest's CPUID shows the MSR (R10)
 * @entered: kvmdl_before_run() was called since the last change of the clock
 * @page_valid: the guest has run since then, so its page is of the present clock
 * @just_served: nothing was done since an access of the guest's
 * @reevaluate: derive programmed_tsc anew before the next run
 */
struct vcpu {
	struct kvm_deadline_timer timer;
	uint64_t programmed_tsc;
	uint64_t programmed_ns;
	uint64_t suspended_ns;
	struct cached_page cached;
	struct kvm_run *run;
	kvmdl_read_memory *read_memory;
	void *opaque;
	int vm_fd;
	int fd;
	enum kvmdl_backend backend;
	bool exposed;
	bool entered;
	bool page_valid;
	bool just_served;
	bool reevaluate;
};

_Static_assert(sizeof(struct vcpu) <= sizeof(struct kvmdl_vcpu) * 3 / 4,
	       "the VMM owns the memory, and what comes later needs some, too");
_Static_assert(_Alignof(struct vcpu) == 8,
	       "the VMM owns the memory");

#endif /* KVMDL_VCPU_H */
