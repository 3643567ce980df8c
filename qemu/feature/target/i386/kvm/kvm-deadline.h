/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * MSR_KVM_DEADLINE: the CPU feature kvm-deadline
 */
#ifndef KVM_DEADLINE_QEMU_H
#define KVM_DEADLINE_QEMU_H

/* Why no CPU of this VM can have the feature; NULL when it can. */
const char *kvm_deadline_lacks(KVMState *s);

/* A CPU that was asked for the feature and cannot have it is an error. */
bool kvm_deadline_realize(X86CPU *cpu, Error **errp);

/* Whether the MSR is to be moved between KVM and env->msr_kvm_deadline. */
bool kvm_deadline_in_kernel(X86CPU *cpu);

extern const VMStateDescription vmstate_msr_kvm_deadline;

#endif
