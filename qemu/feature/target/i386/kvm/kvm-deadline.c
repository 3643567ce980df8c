/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * MSR_KVM_DEADLINE: the CPU feature kvm-deadline
 *
 * The timer lives in the host kernel, and kvm.c moves the MSR with the others.
 * Here is who can be given it, and that a guest who has it never goes where it
 * would be lost.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "cpu.h"
#include "kvm_i386.h"
#include "kvm-deadline.h"
#include "migration/vmstate.h"
#include "standard-headers/asm-x86/kvm_para.h"

#define CPUID_KVMCLOCK  ((1U << KVM_FEATURE_CLOCKSOURCE) | \
                         (1U << KVM_FEATURE_CLOCKSOURCE2))

static bool has_feature(X86CPU *cpu)
{
    return cpu->env.features[FEAT_KVM] & CPUID_KVM_DEADLINE;
}

bool kvm_deadline_in_kernel(X86CPU *cpu)
{
    return has_feature(cpu);
}

const char *kvm_deadline_lacks(KVMState *s)
{
    if (!kvm_irqchip_in_kernel()) {
        return "needs the local APIC in the kernel "
               "(-machine kernel-irqchip=on or split)";
    }
    if (kvm_vm_check_extension(s, KVM_CAP_X86_DEADLINE) <= 0) {
        return "this host's KVM has no KVM_CAP_X86_DEADLINE: "
               "load the kvm-deadline modules there";
    }
    return NULL;
}

/*
 * QEMU starts without most features that cannot be had.  A guest that may move
 * is better told here than when its timer is missed.
 */
bool kvm_deadline_realize(X86CPU *cpu, Error **errp)
{
    const char *lacks = NULL;

    if (cpu->filtered_features[FEAT_KVM] & CPUID_KVM_DEADLINE) {
        lacks = cpu->expose_kvm ? kvm_deadline_lacks(kvm_state) :
                "needs KVM's CPUID leaves, which kvm=off hides";
    } else if (has_feature(cpu) &&
               !(cpu->env.features[FEAT_KVM] & CPUID_KVMCLOCK)) {
        /* Without it QEMU does not carry the clock that deadlines count in. */
        lacks = "needs the guest's kvmclock (-cpu ...,+kvmclock)";
    }
    if (lacks) {
        error_setg(errp, "kvm-deadline: %s", lacks);
        return false;
    }
    return true;
}

static bool msr_kvm_deadline_needed(void *opaque)
{
    return has_feature(opaque);
}

/* A guest that comes in may arm its timer at any time, if it has not yet. */
static int msr_kvm_deadline_post_load(void *opaque, int version_id)
{
    X86CPU *cpu = opaque;

    if (!has_feature(cpu)) {
        error_report("CPU %d arrives with MSR_KVM_DEADLINE, which it would "
                     "lose: start with -accel kvm -cpu ...,+kvm-deadline",
                     CPU(cpu)->cpu_index);
        return -EINVAL;
    }
    return 0;
}

/*
 * Sent when the guest has been given the MSR, armed or not: the stream of any
 * other guest is what it always was (R17), and a QEMU that does not know the
 * subsection refuses the guest instead of losing its timer.
 */
const VMStateDescription vmstate_msr_kvm_deadline = {
    .name = "cpu/msr_kvm_deadline",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = msr_kvm_deadline_needed,
    .post_load = msr_kvm_deadline_post_load,
    .fields = (VMStateField[]) {
        VMSTATE_UINT64(env.msr_kvm_deadline, X86CPU),
        VMSTATE_END_OF_LIST()
    }
};
