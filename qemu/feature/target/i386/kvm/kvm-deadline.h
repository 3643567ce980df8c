/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * MSR_KVM_DEADLINE: the -cpu property, the MSR and its migration
 */
#ifndef KVM_DEADLINE_QEMU_H
#define KVM_DEADLINE_QEMU_H

#ifdef CONFIG_KVM

struct kvm_cpuid2;

/*
 * Adds the property kvm-deadline to every x86 CPU model: off (the default), on
 * (the host kernel serves the MSR), user (libkvmdeadline does), or auto: the
 * first that can be had of on, user and off.  Realized, it reads what it is.
 */
void x86_deadline_class_init(ObjectClass *oc);

/*
 * Checks that the property can be had and sets the CPUID bit: after feature
 * filtering, because the bit is never in KVM_GET_SUPPORTED_CPUID (R10), and
 * before the vCPU exists.  False with @errp set when it cannot be had.
 */
bool x86_deadline_realize(X86CPU *cpu, Error **errp);

/* When the vCPU exists and has been given @cpuid; 0 or a negative errno. */
int x86_deadline_init_vcpu(X86CPU *cpu, const struct kvm_cpuid2 *cpuid);

/* Also of a CPU that was never realized. */
void x86_deadline_instance_finalize(Object *obj);

/* On every CPU, so that an incoming timer is never ignored. */
void x86_deadline_vmstate_register(X86CPU *cpu);
void x86_deadline_vmstate_unregister(X86CPU *cpu);

/* 0 or a negative errno, already reported. */
int x86_deadline_get(X86CPU *cpu);
int x86_deadline_put(X86CPU *cpu, int level);
void x86_deadline_reset(X86CPU *cpu);

/* In the vCPU's thread, before each KVM_RUN. */
void x86_deadline_pre_run(X86CPU *cpu);

#else

static inline void x86_deadline_class_init(ObjectClass *oc)
{
}

static inline bool x86_deadline_realize(X86CPU *cpu, Error **errp)
{
    return true;
}

static inline void x86_deadline_instance_finalize(Object *obj)
{
}

static inline void x86_deadline_vmstate_register(X86CPU *cpu)
{
}

static inline void x86_deadline_vmstate_unregister(X86CPU *cpu)
{
}

#endif /* CONFIG_KVM */
#endif
