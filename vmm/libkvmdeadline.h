/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * libkvmdeadline: MSR_KVM_DEADLINE for the guests of a VMM, on any KVM.
 *
 * Where the host's KVM has the MSR, the library only carries its value.  On a
 * stock KVM (Linux 5.10 and later) it serves the MSR itself: an MSR filter sends
 * the guest's accesses here, and the in-kernel TSC deadline timer does the firing.
 * The VMM's code is the same for both.
 *
 * A VMM calls, in this order:
 *	kvmdl_probe(), kvmdl_filter_merge()	once per VM
 *	kvmdl_vcpu_init(), kvmdl_set_cpuid()	once per vCPU
 *	kvmdl_before_run()			before each KVM_RUN
 *	kvmdl_next_check_ns()			after that: for how long it may run
 *	kvmdl_handle_exit()			after each KVM_RUN that returned 0
 *	kvmdl_get(), kvmdl_set()		to save and to restore
 *	kvmdl_changed(), kvmdl_reset()		when it did what they say
 *
 * There is no global state, nothing is allocated, printed or aborted.  All calls
 * for one vCPU come from one thread at a time.
 *
 * For the seccomp filter of a VMM, all system calls that are made: ioctl() on the
 * VM or the vCPU, and, where the host's vDSO cannot read its clock, clock_gettime().
 *
 *	ioctl			of	thread		when
 *	KVM_CHECK_EXTENSION	VM	any		kvmdl_probe()
 *	KVM_GET_LAPIC		vCPU	any		kvmdl_vcpu_init(), kvmdl_set_cpuid()
 *	KVM_SET_LAPIC		vCPU	any		kvmdl_set_cpuid()
 *	KVM_GET_MSRS		vCPU	any, vCPU's	get, set, reset; around KVM_RUN
 *	KVM_SET_MSRS		vCPU	any, vCPU's	get, set, reset; around KVM_RUN
 *	KVM_GET_TSC_KHZ		vCPU	vCPU's		around KVM_RUN
 *	KVM_GET_CLOCK		VM	vCPU's		around KVM_RUN
 *
 * Around KVM_RUN are kvmdl_before_run() and kvmdl_handle_exit(), with KVMDL_USER.
 *
 * What a stock host cannot give, of the rules in docs/msr.rst; all that is not
 * listed holds:
 *
 *	R02	to the precision of the host's own TSC deadline timer
 *	R05	a guest's zero write to MSR_IA32_TSC_DEADLINE disarms MSR_KVM_DEADLINE,
 *		too; a non-zero one is noticed at the next call into the library
 *	R06	by a filter on reads of MSR_IA32_TSC_DEADLINE
 *	R07	mode 10b takes the TSC_DEADLINE bit in the guest's CPUID
 *	R09	as the host does it
 *	R11	kvmdl_get() and kvmdl_set() carry the deadline: KVM's list of MSRs and
 *		its capability do not know of it
 *	R14	for the changes that the VMM makes and reports, see kvmdl_changed(), and
 *		for a suspend of the host
 *	R15	while the guest's TSC is within an hour of 2^64, a deadline that lies
 *		behind that may be late by 10 ms
 *	R16	none: an arm costs an exit to userspace
 */
#ifndef LIBKVMDEADLINE_H
#define LIBKVMDEADLINE_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * enum kvmdl_backend - who serves the MSR
 * @KVMDL_NONE: nobody, the guest must not be shown the CPUID bit
 * @KVMDL_KERNEL: the host's KVM
 * @KVMDL_USER: this library
 */
enum kvmdl_backend {
	KVMDL_NONE,
	KVMDL_KERNEL,
	KVMDL_USER,
};

/**
 * typedef kvmdl_read_memory - read guest memory
 * @opaque: as given to kvmdl_vcpu_init()
 * @guest_physical: address, the guest's own choice
 * @to: where to copy to
 * @bytes: how many
 *
 * Return: true when all bytes were copied, false when there is no such memory.
 */
typedef bool kvmdl_read_memory(void *opaque, uint64_t guest_physical, void *to,
			       size_t bytes);

/**
 * struct kvmdl_vcpu - one vCPU's timer, memory of the VMM
 *
 * Filled by kvmdl_vcpu_init(); needs no clean-up.  The fields are the library's.
 */
struct kvmdl_vcpu {
	uint64_t reserved[32];
};

/**
 * struct kvmdl_state - what has to be carried to another host
 * @deadline_ns: value of MSR_KVM_DEADLINE, 0 when not armed
 * @tsc_deadline: value of MSR_IA32_TSC_DEADLINE to save in place of what
 *	KVM_GET_MSRS gives; at most one of the two is not 0 (R11)
 *
 * The same whichever backend wrote it, so it may be restored with either.
 */
struct kvmdl_state {
	uint64_t deadline_ns;
	uint64_t tsc_deadline;
};

/**
 * kvmdl_probe() - what this host offers, the kernel first
 * @vm_fd: the VM, after KVM_CREATE_IRQCHIP or KVM_CAP_SPLIT_IRQCHIP
 * @reason: where to store one sentence that says why; may be NULL; static memory
 *
 * Return: the backend to use.
 */
enum kvmdl_backend kvmdl_probe(int vm_fd, const char **reason);

/**
 * kvmdl_filter_merge() - add what KVMDL_USER needs to the VMM's own MSR filter
 * @filter: the filter that the VMM would set, zeroed memory if it has none
 * @reasons: its mask of KVM_MSR_EXIT_REASON_*
 *
 * KVM has one filter and one mask per VM and cannot tell what they are.  So the
 * VMM passes both through here, then sets them with KVM_X86_SET_MSR_FILTER and
 * KVM_CAP_X86_USER_SPACE_MSR; it does so again whenever it changes its own.  Two
 * ranges are put first, where they win (R06: one is for reads of the TSC MSR).
 *
 * Return: 0, or -ENOSPC with nothing changed when fewer than two of KVM's 16
 * ranges are free.
 */
int kvmdl_filter_merge(struct kvm_msr_filter *filter, uint64_t *reasons);

/**
 * kvmdl_vcpu_init() - begin with no deadline
 * @vcpu: memory of the VMM
 * @size: of it, sizeof(struct kvmdl_vcpu)
 * @backend: what kvmdl_probe() said, not KVMDL_NONE
 * @vm_fd: the VM
 * @vcpu_fd: the vCPU
 * @run: its mapped struct kvm_run
 * @read_memory: reads guest memory; NULL allowed, arms are less exact without it
 * @opaque: for @read_memory
 *
 * Return: 0, or a negative errno: -EINVAL for KVMDL_NONE, for a vCPU without a
 * local APIC in the kernel (R11), and when @size is of too old a header.
 */
int kvmdl_vcpu_init(struct kvmdl_vcpu *vcpu, size_t size,
		    enum kvmdl_backend backend, int vm_fd, int vcpu_fd,
		    struct kvm_run *run, kvmdl_read_memory *read_memory,
		    void *opaque);

/**
 * kvmdl_cpuid_offer() - show the guest the MSR
 * @cpuid: what the VMM is about to give to KVM_SET_CPUID2
 *
 * Sets KVM_FEATURE_DEADLINE in KVM's feature leaf, wherever Hyper-V's leaves have
 * put it.
 *
 * Return: 0, or -ENOENT when there is no KVM signature with a feature leaf.
 */
int kvmdl_cpuid_offer(struct kvm_cpuid2 *cpuid);

/**
 * kvmdl_set_cpuid() - open or shut the gate (R10)
 * @vcpu: the vCPU, outside of KVM_RUN
 * @cpuid: what KVM_SET_CPUID2 has been given
 *
 * Call it after KVM_SET_CPUID2 and before other vCPUs run: where KVM_SET_LAPIC
 * came first, it is done again, as KVM would not know the timer's mode (R12).
 *
 * Return: 0, a negative errno of KVM's, or -EINVAL where KVMDL_USER has to serve a
 * guest that is not shown TSC_DEADLINE: no arm of its would fire.  The gate is shut.
 */
int kvmdl_set_cpuid(struct kvmdl_vcpu *vcpu, const struct kvm_cpuid2 *cpuid);

/**
 * kvmdl_before_run() - arm what has been restored or must be evaluated anew
 * @vcpu: the vCPU
 *
 * Call before each KVM_RUN; when nothing changed it makes no system call.  With
 * immediate_exit set do not call it: that is not running (R12).
 *
 * Return: 0, or a negative errno of KVM's.
 */
int kvmdl_before_run(struct kvmdl_vcpu *vcpu);

/**
 * kvmdl_handle_exit() - serve the guest's access to the MSR
 * @vcpu: the vCPU; its kvm_run holds the exit
 *
 * Return: 1 when the exit was ours and is dealt with, 0 when it is the VMM's, a
 * negative errno of KVM's when it was ours and failed.
 */
int kvmdl_handle_exit(struct kvmdl_vcpu *vcpu);

/**
 * kvmdl_next_check_ns() - for how long KVM_RUN may go on
 * @vcpu: the vCPU
 *
 * The sum in the kernel's timer wraps after hours (R15), so a deadline that is far
 * away is given to it in parts.  At most this long after kvmdl_before_run() the
 * VMM gets the vCPU out of KVM_RUN, with a signal from a timer say, and goes round
 * its loop; else the guest's timer fires hours early.
 *
 * Return: nanoseconds; 0, the usual case, for as long as it likes.
 */
uint64_t kvmdl_next_check_ns(const struct kvmdl_vcpu *vcpu);

/**
 * kvmdl_changed() - report a change of the clock or the APIC (R14)
 * @vcpu: the vCPU
 *
 * Call it after KVM_SET_CLOCK, KVM_SET_TSC_KHZ, KVM_SET_LAPIC, a write of the TSC,
 * TSC_ADJUST, the TSC offset or MSR_KVM_SYSTEM_TIME, for each vCPU concerned, with
 * that vCPU outside of KVM_RUN.  The next kvmdl_before_run() evaluates the deadline
 * against what is then in force.
 */
void kvmdl_changed(struct kvmdl_vcpu *vcpu);

/**
 * kvmdl_reset() - RESET (R08); an INIT inside the guest needs no call
 * @vcpu: the vCPU
 *
 * Return: 0, or a negative errno of KVM's.
 */
int kvmdl_reset(struct kvmdl_vcpu *vcpu);

/**
 * kvmdl_get() - what to save (R11, R13)
 * @vcpu: the vCPU, outside of KVM_RUN
 * @state: where to store it
 * @size: of that, sizeof(struct kvmdl_state)
 *
 * Return: 0, or a negative errno: of KVM's, or -EINVAL for too small a @size.
 */
int kvmdl_get(struct kvmdl_vcpu *vcpu, struct kvmdl_state *state, size_t size);

/**
 * kvmdl_set() - restore MSR_KVM_DEADLINE, in any order with the rest (R12)
 * @vcpu: the vCPU, outside of KVM_RUN
 * @deadline_ns: as saved; it is only stored, and evaluated when the vCPU runs
 *
 * state.tsc_deadline is restored with KVM_SET_MSRS like any other MSR.
 *
 * Return: 0, or a negative errno of KVM's.
 */
int kvmdl_set(struct kvmdl_vcpu *vcpu, uint64_t deadline_ns);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* LIBKVMDEADLINE_H */
