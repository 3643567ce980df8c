/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * -accel kvm,deadline=: MSR_KVM_DEADLINE served by libkvmdeadline
 *
 * On a KVM that does not have the MSR the library serves it: the guest's
 * accesses come by the MSR filter, and KVM's TSC deadline timer does the rest.
 * What is migrated is the same.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/qapi-types-run-state.h"
#include "qemu/error-report.h"
#include "qemu/timer.h"
#include "cpu.h"
#include "kvm_i386.h"
#include "kvm-deadline.h"
#include "kvm-deadline-user.h"
#include "exec/memory.h"
#include "libkvmdeadline/vmm/libkvmdeadline.h"
#include "standard-headers/asm-x86/kvm_para.h"
#if __has_include("system/kvm_int.h") /* QEMU 10 */
#include "system/kvm_int.h"
#include "system/runstate.h"
#else
#include "sysemu/kvm_int.h"
#include "sysemu/runstate.h"
#endif

/* struct pvclock_vcpu_time_info */
#define CLOCK_PAGE_BYTES 32

struct KVMDeadlineUser {
    struct kvmdl_vcpu vcpu;
    QEMUTimer *recheck_timer;
};

static KVMDeadlineBackend wanted = KVM_DEADLINE_BACKEND_KERNEL;

static int kvm_deadline_get_backend(Object *obj, Error **errp)
{
    return wanted;
}

static void kvm_deadline_set_backend(Object *obj, int value, Error **errp)
{
    if (kvm_state && kvm_state->vmfd > 0) {
        error_setg(errp, "Unable to set deadline after KVM was initialized");
        return;
    }
    wanted = value;
}

void kvm_deadline_accel_class_init(ObjectClass *oc)
{
    object_class_property_add_enum(oc, "deadline", "KVMDeadlineBackend",
                                   &KVMDeadlineBackend_lookup,
                                   kvm_deadline_get_backend,
                                   kvm_deadline_set_backend);
    object_class_property_set_description(oc, "deadline",
                                          "Who serves MSR_KVM_DEADLINE");
}

/* A KVM that has the MSR has all that the library asks for, too. */
static enum kvmdl_backend kvm_deadline_backend(KVMState *s, const char **lacks)
{
    enum kvmdl_backend offer = kvmdl_probe(s->vmfd, lacks);

    switch (wanted) {
    case KVM_DEADLINE_BACKEND_USER:
        return offer == KVMDL_NONE ? KVMDL_NONE : KVMDL_USER;
    case KVM_DEADLINE_BACKEND_AUTO:
        return offer;
    default:
        *lacks = "this host's KVM has no KVM_CAP_X86_DEADLINE: load the "
                 "kvm-deadline modules there, or try -accel kvm,deadline=user";
        return offer == KVMDL_KERNEL ? KVMDL_KERNEL : KVMDL_NONE;
    }
}

const char *kvm_deadline_backend_lacks(KVMState *s)
{
    const char *lacks;

    return kvm_deadline_backend(s, &lacks) == KVMDL_NONE ? lacks : NULL;
}

static bool kvm_deadline_by_user(void)
{
    const char *lacks;

    return kvm_deadline_backend(kvm_state, &lacks) == KVMDL_USER;
}

/* The library takes the exit from kvm_run, and leaves its answer there. */
static bool kvm_deadline_handle_exit(X86CPU *cpu)
{
    int ret = kvmdl_handle_exit(&cpu->kvm_deadline_user->vcpu);

    if (ret < 0) {
        warn_report_once("KVM fails a guest's access to MSR_KVM_DEADLINE, "
                         "which becomes a #GP: %s", strerror(-ret));
    }
    return ret > 0 && !CPU(cpu)->kvm_run->msr.error;
}

static bool kvm_deadline_rdmsr(X86CPU *cpu, uint32_t msr, uint64_t *val)
{
    return kvm_deadline_handle_exit(cpu);
}

static bool kvm_deadline_wrmsr(X86CPU *cpu, uint32_t msr, uint64_t val)
{
    return kvm_deadline_handle_exit(cpu);
}

/* The clock was set (R14): after this, before any vCPU runs again. */
static void kvm_deadline_vm_state(void *opaque, bool running, RunState state)
{
    CPUState *cs;

    CPU_FOREACH(cs) {
        struct KVMDeadlineUser *user = X86_CPU(cs)->kvm_deadline_user;

        /* One that is being unplugged has none any more. */
        if (user) {
            kvmdl_changed(&user->vcpu);
        }
    }
}

/* For all CPUs, with the feature or not: there is one filter in a VM. */
static bool kvm_deadline_serve(void)
{
    static bool served;

    if (!served) {
        served = kvm_deadline_filter_msr(MSR_KVM_DEADLINE, kvm_deadline_rdmsr,
                                         kvm_deadline_wrmsr) &&
                 kvm_deadline_filter_msr(MSR_IA32_TSCDEADLINE,
                                         kvm_deadline_rdmsr, NULL);
        qemu_add_vm_change_state_handler(kvm_deadline_vm_state, NULL);
    }
    return served;
}

bool kvm_deadline_user_realize(X86CPU *cpu, Error **errp)
{
    uint64_t *features = cpu->env.features;

    if (!(features[FEAT_KVM] & CPUID_KVM_DEADLINE) ||
        !kvm_deadline_by_user()) {
        return true;
    }
    if (!(features[FEAT_1_ECX] & CPUID_EXT_TSC_DEADLINE_TIMER)) {
        error_setg(errp, "kvm-deadline: -accel kvm,deadline=user needs the "
                   "guest's TSC deadline timer (-cpu ...,+tsc-deadline)");
        return false;
    }
    if (!kvm_deadline_serve()) {
        error_setg(errp, "kvm-deadline: KVM does not take the MSR filter");
        return false;
    }
    return true;
}

/* Of the clock page only, whose size QEMU's fast way has to be told. */
static bool kvm_deadline_read_memory(void *opaque, uint64_t addr, void *to,
                                     size_t bytes)
{
    CPUState *cs = opaque;

    return bytes == CLOCK_PAGE_BYTES &&
           address_space_read(cs->as, addr, MEMTXATTRS_UNSPECIFIED, to,
                              CLOCK_PAGE_BYTES) == MEMTX_OK;
}

/* Ends KVM_RUN: a far deadline is looked at again before the next one. */
static void kvm_deadline_recheck(void *opaque)
{
    qemu_cpu_kick(CPU(opaque));
}

int kvm_deadline_user_init_vcpu(X86CPU *cpu, const struct kvm_cpuid2 *cpuid)
{
    CPUState *cs = CPU(cpu);
    struct KVMDeadlineUser *user;
    int ret;

    if (!kvm_deadline_by_user()) {
        return 0;
    }
    user = cpu->kvm_deadline_user = g_new0(struct KVMDeadlineUser, 1);
    user->recheck_timer = timer_new_ns(QEMU_CLOCK_REALTIME,
                                       kvm_deadline_recheck, cpu);
    ret = kvmdl_vcpu_init(&user->vcpu, sizeof(user->vcpu), KVMDL_USER,
                          kvm_state->vmfd, cs->kvm_fd, cs->kvm_run,
                          kvm_deadline_read_memory, cs);
    return ret < 0 ? ret : kvmdl_set_cpuid(&user->vcpu, cpuid);
}

/* Only of CPUs that have the feature; the others are as without the library. */
static struct KVMDeadlineUser *kvm_deadline_user(X86CPU *cpu)
{
    return cpu->env.features[FEAT_KVM] & CPUID_KVM_DEADLINE ?
           cpu->kvm_deadline_user : NULL;
}

void kvm_deadline_user_destroy_vcpu(X86CPU *cpu)
{
    if (cpu->kvm_deadline_user) {
        timer_free(cpu->kvm_deadline_user->recheck_timer);
        g_free(cpu->kvm_deadline_user);
        cpu->kvm_deadline_user = NULL;
    }
}

/*
 * KVM broke its word, and a guest without its timer hangs: stop it where an
 * operator can see why.  While a guest comes in nothing can be stopped; what
 * is returned from post_load ends that.
 */
static int kvm_deadline_report(X86CPU *cpu, int ret, const char *what)
{
    if (ret < 0) {
        error_report("CPU %d: KVM does not %s MSR_KVM_DEADLINE (%s)",
                     CPU(cpu)->cpu_index, what, strerror(-ret));
        qemu_system_vmstop_request_prepare();
        qemu_system_vmstop_request(RUN_STATE_INTERNAL_ERROR);
    }
    return ret;
}

void kvm_deadline_user_pre_run(X86CPU *cpu)
{
    struct KVMDeadlineUser *user = kvm_deadline_user(cpu);
    uint64_t wait_ns;

    if (!user) {
        return;
    }
    kvm_deadline_report(cpu, kvmdl_before_run(&user->vcpu), "arm");
    wait_ns = kvmdl_next_check_ns(&user->vcpu);
    if (wait_ns && !timer_pending(user->recheck_timer)) {
        timer_mod(user->recheck_timer,
                  qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + wait_ns);
    }
}

int kvm_deadline_user_get(X86CPU *cpu)
{
    struct KVMDeadlineUser *user = kvm_deadline_user(cpu);
    struct kvmdl_state state;
    int ret;

    if (!user) {
        return 0;
    }
    ret = kvmdl_get(&user->vcpu, &state, sizeof(state));
    if (!ret) {
        cpu->env.msr_kvm_deadline = state.deadline_ns;
        cpu->env.tsc_deadline = state.tsc_deadline;
    }
    return kvm_deadline_report(cpu, ret, "give");
}

/* The TSC deadline was just put; it is 0 when ours is armed: no timer runs. */
int kvm_deadline_user_put(X86CPU *cpu, int level)
{
    struct KVMDeadlineUser *user = kvm_deadline_user(cpu);

    if (!user) {
        return 0;
    }
    if (level >= KVM_PUT_RESET_STATE) {
        kvmdl_changed(&user->vcpu);
    }
    return kvm_deadline_report(cpu, kvmdl_set(&user->vcpu,
                                              cpu->env.msr_kvm_deadline),
                               "take");
}
