/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * MSR_KVM_DEADLINE: the -cpu property, the MSR and its migration
 *
 * The timer itself lives in the host kernel.  QEMU has to offer the CPUID bit
 * only where the kernel keeps its promise, and to carry the one number.
 */

#include "qemu/osdep.h"
#include "cpu.h"
#include "kvm_i386.h"
#include "kvm-deadline.h"
#include "asm/kvm_deadline.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "sysemu/runstate.h"

#define PROP_NAME "kvm-deadline"

static char *kvm_deadline_get_prop(Object *obj, Error **errp)
{
    return g_strdup(X86_CPU(obj)->kvm_deadline ? "on" : "off");
}

/* A string, not a bool: the values "user" and "auto" are to come. */
static void kvm_deadline_set_prop(Object *obj, const char *value, Error **errp)
{
    X86CPU *cpu = X86_CPU(obj);

    if (DEVICE(obj)->realized) {
        qdev_prop_set_after_realize(DEVICE(obj), PROP_NAME, errp);
    } else if (!strcmp(value, "on")) {
        cpu->kvm_deadline = true;
    } else if (!strcmp(value, "off")) {
        cpu->kvm_deadline = false;
    } else {
        error_setg(errp, PROP_NAME "=%s is not supported, the values are: "
                   "off, on", value);
    }
}

void kvm_deadline_class_init(ObjectClass *oc)
{
    object_class_property_add_str(oc, PROP_NAME, kvm_deadline_get_prop,
                                  kvm_deadline_set_prop);
    object_class_property_set_description(oc, PROP_NAME,
        "one-shot timer in kvmclock time that survives migration (off, on)");
}

static bool kvm_deadline_host_offers(void)
{
    return kvm_vm_check_extension(kvm_state, KVM_CAP_X86_DEADLINE) &
           KVM_CAP_X86_DEADLINE_MSR;
}

bool kvm_deadline_realize(X86CPU *cpu, Error **errp)
{
    if (!cpu->kvm_deadline) {
        return true;
    }

    if (!kvm_enabled()) {
        error_setg(errp, PROP_NAME "=on needs KVM (-accel kvm)");
    } else if (!cpu->expose_kvm) {
        error_setg(errp, PROP_NAME "=on needs KVM's CPUID leaves, which "
                   "kvm=off hides");
    } else if (!kvm_irqchip_in_kernel()) {
        error_setg(errp, PROP_NAME "=on needs the local APIC in the kernel "
                   "(-machine kernel-irqchip=on or split)");
    } else if (!kvm_deadline_host_offers()) {
        error_setg(errp, PROP_NAME "=on is not offered by this host's KVM "
                   "(no KVM_CAP_X86_DEADLINE)");
        error_append_hint(errp, "Load the kvm-deadline modules on the host, "
                          "or leave " PROP_NAME " off.\n");
    } else {
        cpu->env.features[FEAT_KVM] |= 1u << KVM_FEATURE_DEADLINE;
        return true;
    }
    return false;
}

static bool kvm_deadline_needed(void *opaque)
{
    X86CPU *cpu = opaque;

    return cpu->kvm_deadline_ns != 0;
}

/* The host needs no check of its own here: realize made it for "on". */
static int kvm_deadline_post_load(void *opaque, int version_id)
{
    X86CPU *cpu = opaque;

    if (cpu->kvm_deadline_ns && !cpu->kvm_deadline) {
        error_report("CPU %d arrives with an armed MSR_KVM_DEADLINE, which "
                     "would be lost: start with -cpu ...," PROP_NAME "=on",
                     CPU(cpu)->cpu_index);
        return -EINVAL;
    }
    return 0;
}

/*
 * A section of its own, sent only when armed: the stream of any other guest is
 * what it always was (R17), and a QEMU that does not know the section refuses
 * the guest instead of losing its timer.
 */
static const VMStateDescription vmstate_kvm_deadline = {
    .name = "cpu/kvm-deadline",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = kvm_deadline_needed,
    .post_load = kvm_deadline_post_load,
    .fields = (VMStateField[]) {
        VMSTATE_UINT64(kvm_deadline_ns, X86CPU),
        VMSTATE_END_OF_LIST()
    }
};

void kvm_deadline_vmstate_register(X86CPU *cpu)
{
    vmstate_register(NULL, CPU(cpu)->cpu_index, &vmstate_kvm_deadline, cpu);
}

void kvm_deadline_vmstate_unregister(X86CPU *cpu)
{
    vmstate_unregister(NULL, &vmstate_kvm_deadline, cpu);
}

/* One MSR in the layout of KVM_GET_MSRS and KVM_SET_MSRS. */
typedef struct KVMDeadlineMsr {
    struct kvm_msrs info;
    struct kvm_msr_entry entry;
} KVMDeadlineMsr;

/*
 * Both ioctls return the number of MSRs done: anything but 1 means that the
 * kernel broke its word.  QEMU 7.2 drops the errors of register transfer, and
 * a guest without its timer hangs, so stop it where an operator can see why.
 */
static int kvm_deadline_transfer(X86CPU *cpu, int ioctl, KVMDeadlineMsr *msr)
{
    int ret = kvm_vcpu_ioctl(CPU(cpu), ioctl, msr);

    if (ret == 1) {
        return 0;
    }
    error_report("CPU %d: KVM does not %s MSR_KVM_DEADLINE (result %d)",
                 CPU(cpu)->cpu_index,
                 ioctl == KVM_SET_MSRS ? "take" : "give", ret);
    vm_stop(RUN_STATE_INTERNAL_ERROR);
    return ret < 0 ? ret : -EIO;
}

int kvm_deadline_get(X86CPU *cpu)
{
    KVMDeadlineMsr msr = {
        .info.nmsrs = 1,
        .entry.index = MSR_KVM_DEADLINE,
    };
    int ret;

    if (!cpu->kvm_deadline) {
        return 0;
    }
    ret = kvm_deadline_transfer(cpu, KVM_GET_MSRS, &msr);
    if (!ret) {
        cpu->kvm_deadline_ns = msr.entry.data;
    }
    return ret;
}

int kvm_deadline_put(X86CPU *cpu, int level)
{
    KVMDeadlineMsr msr = {
        .info.nmsrs = 1,
        .entry.index = MSR_KVM_DEADLINE,
        .entry.data = cpu->kvm_deadline_ns,
    };

    /* Only the guest, a reset and an incoming stream change it. */
    if (!cpu->kvm_deadline || level < KVM_PUT_RESET_STATE) {
        return 0;
    }
    return kvm_deadline_transfer(cpu, KVM_SET_MSRS, &msr);
}

/* Also what makes a stream without the section load as "not armed". */
void kvm_deadline_reset(X86CPU *cpu)
{
    cpu->kvm_deadline_ns = 0;
}
