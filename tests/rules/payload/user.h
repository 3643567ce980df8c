/* SPDX-License-Identifier: GPL-2.0-only */
/* The tests as a VMM that uses libkvmdeadline: what vm.c calls for -b user. */
#ifndef RULES_USER_H
#define RULES_USER_H

#include "vm.h"

/* Why @test has no meaning for the library, or NULL. */
const char *user_unfit(const char *test);
/* Why it has none where time is real, with either backend, or NULL. */
const char *real_time_unfit(const char *test);
/* Why the library cannot serve the MSR on this host, or NULL. */
const char *user_lacking(struct vm *vm);

void user_vm_new(struct vm *vm);
void user_vm_free(struct vm *vm);
void user_vcpu_new(struct vcpu *vcpu);
void user_set_cpuid(struct vcpu *vcpu, const struct kvm_cpuid2 *cpuid);

/* Around KVM_RUN; true: it is to be run again. */
void user_before_run(struct vcpu *vcpu);
bool user_handle_kick(struct vcpu *vcpu);
bool user_handle_exit(struct vcpu *vcpu);

/* Report to the library that the clock has changed, and after an ioctl that it may have. */
void user_changed(struct vcpu *vcpu);
void user_notice(int fd, unsigned long request, const void *arg);

/* In the place of KVM_SET_MSRS and KVM_GET_MSRS; false: not the library's. */
bool user_put_msr(struct vcpu *vcpu, u32 msr, u64 value, int *done);
bool user_get_msr(struct vcpu *vcpu, u32 msr, u64 *value);

#endif /* RULES_USER_H */
