/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * -accel kvm,deadline=: MSR_KVM_DEADLINE served by libkvmdeadline
 */
#ifndef KVM_DEADLINE_USER_H
#define KVM_DEADLINE_USER_H

struct kvm_cpuid2;

/* deadline=kernel (the default), user, or auto: the first that can be had. */
void kvm_deadline_accel_class_init(ObjectClass *oc);

/* Why this VM cannot have what was asked for; NULL when it can. */
const char *kvm_deadline_backend_lacks(KVMState *s);

/*
 * All of these do nothing for a CPU whose MSR the host's KVM serves.  An int
 * is 0, or a negative errno that was already reported.
 */
bool kvm_deadline_user_realize(X86CPU *cpu, Error **errp);
int kvm_deadline_user_init_vcpu(X86CPU *cpu, const struct kvm_cpuid2 *cpuid);
void kvm_deadline_user_destroy_vcpu(X86CPU *cpu);
int kvm_deadline_user_get(X86CPU *cpu);
int kvm_deadline_user_put(X86CPU *cpu, int level);

/* In the vCPU's thread, before each KVM_RUN. */
void kvm_deadline_user_pre_run(X86CPU *cpu);

/* kvm_filter_msr(), which is not the same in all versions of QEMU. */
bool kvm_deadline_filter_msr(uint32_t msr,
                             bool (*rdmsr)(X86CPU *, uint32_t, uint64_t *),
                             bool (*wrmsr)(X86CPU *, uint32_t, uint64_t));

#endif
