/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * MSR_KVM_DEADLINE: the -cpu property, the MSR and its migration
 *
 * The timer itself lives in the host kernel, or in libkvmdeadline where that
 * has none.  QEMU has to offer the CPUID bit only where one of them keeps the
 * promise, and to carry the one number, which is the same for both.
 */

#include "qemu/osdep.h"
#include "cpu.h"
#include "kvm_i386.h"
#include "kvm-deadline.h"
#include "libkvmdeadline/include/kvm_deadline.h"
#include "libkvmdeadline/vmm/libkvmdeadline.h"
#include "exec/memory.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "standard-headers/asm-x86/kvm_para.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "sysemu/kvm-deadline.h"
#include "sysemu/kvm_int.h"
#include "sysemu/runstate.h"

#define KVMCLOCK ((1u << KVM_FEATURE_CLOCKSOURCE) | \
                  (1u << KVM_FEATURE_CLOCKSOURCE2))

#define PROP_NAME "kvm-deadline"
#define PROP_VALUES "off, on, user, auto"

/* struct pvclock_vcpu_time_info */
#define CLOCK_PAGE_BYTES 32

typedef enum KVMDeadlineMode {
    MODE_OFF,
    MODE_ON,    /* in the kernel */
    MODE_USER,  /* in libkvmdeadline */
    MODE_AUTO,  /* until the CPU is realized: then one of the others */
    MODE__MAX,
} KVMDeadlineMode;

static const char *const mode_names[] = { "off", "on", "user", "auto" };

/*
 * deadline_ns is valid while QEMU has the registers; recheck_timer is for
 * MODE_USER.
 */
typedef struct KVMDeadline {
    X86CPU *cpu;
    KVMDeadlineMode mode;
    uint64_t deadline_ns;
    struct kvmdl_vcpu vcpu;
    QEMUTimer *recheck_timer;
} KVMDeadline;

static KVMDeadline *deadline_of(X86CPU *cpu)
{
    if (!cpu->kvm_deadline) {
        cpu->kvm_deadline = g_new0(KVMDeadline, 1);
        cpu->kvm_deadline->cpu = cpu;
    }
    return cpu->kvm_deadline;
}

static char *x86_deadline_get_prop(Object *obj, Error **errp)
{
    KVMDeadline *dl = X86_CPU(obj)->kvm_deadline;

    return g_strdup(mode_names[dl ? dl->mode : MODE_OFF]);
}

static void x86_deadline_set_prop(Object *obj, const char *value, Error **errp)
{
    int mode = 0;

    if (DEVICE(obj)->realized) {
        qdev_prop_set_after_realize(DEVICE(obj), PROP_NAME, errp);
        return;
    }
    while (mode < MODE__MAX && strcmp(value, mode_names[mode])) {
        mode++;
    }
    if (mode < MODE__MAX) {
        deadline_of(X86_CPU(obj))->mode = mode;
    } else {
        error_setg(errp, PROP_NAME "=%s is not supported, the values are: "
                   PROP_VALUES, value);
    }
}

void x86_deadline_class_init(ObjectClass *oc)
{
    object_class_property_add_str(oc, PROP_NAME, x86_deadline_get_prop,
                                  x86_deadline_set_prop);
    object_class_property_set_description(oc, PROP_NAME,
        "one-shot timer in kvmclock time that survives migration ("
        PROP_VALUES ")");
}

/*
 * Returns NULL when this VM can have @mode on this host, and puts MODE_ON or
 * MODE_USER in the place of MODE_AUTO.  Otherwise returns the reason, as text
 * for an error message.
 */
static const char *x86_deadline_choose(X86CPU *cpu, KVMDeadlineMode *mode)
{
    enum kvmdl_backend offer;
    const char *reason;

    if (!kvm_enabled()) {
        return "needs KVM (-accel kvm)";
    }
    if (!cpu->expose_kvm) {
        return "needs KVM's CPUID leaves, which kvm=off hides";
    }
    /* Without it QEMU does not carry the clock that deadlines count in. */
    if (!(cpu->env.features[FEAT_KVM] & KVMCLOCK)) {
        return "needs the guest's kvmclock (-cpu ...,+kvmclock)";
    }
    if (!kvm_irqchip_in_kernel()) {
        return "needs the local APIC in the kernel "
               "(-machine kernel-irqchip=on or split)";
    }
    offer = kvmdl_probe(kvm_state->vmfd, &reason);
    if (offer == KVMDL_KERNEL && *mode != MODE_USER) {
        *mode = MODE_ON;
        return NULL;
    }
    if (*mode == MODE_ON) {
        return "this host's KVM has no KVM_CAP_X86_DEADLINE; load the "
               "kvm-deadline modules there, or try " PROP_NAME "=user";
    }
    /* A KVM that has the MSR has all that the library asks for, too. */
    if (offer == KVMDL_NONE) {
        return reason;
    }
    if (!(cpu->env.features[FEAT_1_ECX] & CPUID_EXT_TSC_DEADLINE_TIMER)) {
        return "needs the guest's TSC deadline timer (-cpu ...,+tsc-deadline)";
    }
    *mode = MODE_USER;
    return NULL;
}

/* The clock was set (R14): after this, before any vCPU runs again. */
static void x86_deadline_vm_state(void *opaque, bool running, RunState state)
{
    CPUState *cs;

    CPU_FOREACH(cs) {
        kvmdl_changed(&deadline_of(X86_CPU(cs))->vcpu);
    }
}

/* The library takes the exit from kvm_run, and leaves its answer there. */
static bool x86_deadline_handle_exit(X86CPU *cpu)
{
    int ret = kvmdl_handle_exit(&deadline_of(cpu)->vcpu);

    if (ret < 0) {
        warn_report_once(PROP_NAME ": KVM fails a guest's access to the MSR, "
                         "which becomes a #GP: %s", strerror(-ret));
    }
    return ret > 0 && !CPU(cpu)->kvm_run->msr.error;
}

static bool x86_deadline_rdmsr(X86CPU *cpu, uint32_t msr, uint64_t *val)
{
    return x86_deadline_handle_exit(cpu);
}

static bool x86_deadline_wrmsr(X86CPU *cpu, uint32_t msr, uint64_t val)
{
    return x86_deadline_handle_exit(cpu);
}

/* Once per VM; kvm_filter_msr() has to merge it with QEMU's own filter. */
static bool x86_deadline_filter(void)
{
    static bool done;

    if (!done) {
        done = kvm_filter_msr(kvm_state, MSR_KVM_DEADLINE, x86_deadline_rdmsr,
                              x86_deadline_wrmsr) &&
               kvm_filter_msr(kvm_state, MSR_IA32_TSCDEADLINE,
                              x86_deadline_rdmsr, NULL);
        qemu_add_vm_change_state_handler(x86_deadline_vm_state, NULL);
    }
    return done;
}

bool x86_deadline_realize(X86CPU *cpu, Error **errp)
{
    KVMDeadline *dl = deadline_of(cpu);
    KVMDeadlineMode wanted = dl->mode;
    const char *lacking = NULL;

    if (wanted != MODE_OFF) {
        lacking = x86_deadline_choose(cpu, &dl->mode);
    }
    if (lacking && wanted == MODE_AUTO) {
        warn_report_once(PROP_NAME "=auto is off: %s", lacking);
        dl->mode = MODE_OFF;
    } else if (lacking) {
        error_setg(errp, PROP_NAME "=%s: %s", mode_names[wanted], lacking);
        return false;
    }
    /* The filter is the VM's, and so is the guest's idea of its timers. */
    if (first_cpu && deadline_of(X86_CPU(first_cpu))->mode != dl->mode) {
        error_setg(errp, PROP_NAME " must be the same for all CPUs");
        return false;
    }
    if (dl->mode == MODE_USER && !x86_deadline_filter()) {
        error_setg(errp, PROP_NAME "=user: KVM does not take the MSR filter");
        return false;
    }
    if (dl->mode != MODE_OFF) {
        cpu->env.features[FEAT_KVM] |= 1u << KVM_FEATURE_DEADLINE;
    }
    return true;
}

/* Of the clock page only, whose size QEMU's fast way has to be told. */
static bool x86_deadline_read_memory(void *opaque, uint64_t addr, void *to,
                                     size_t bytes)
{
    CPUState *cs = opaque;

    return bytes == CLOCK_PAGE_BYTES &&
           address_space_read(cs->as, addr, MEMTXATTRS_UNSPECIFIED, to,
                              CLOCK_PAGE_BYTES) == MEMTX_OK;
}

/* Ends KVM_RUN: a far deadline is looked at again before the next one. */
static void x86_deadline_recheck(void *opaque)
{
    qemu_cpu_kick(CPU(opaque));
}

int x86_deadline_init_vcpu(X86CPU *cpu, const struct kvm_cpuid2 *cpuid)
{
    KVMDeadline *dl = deadline_of(cpu);
    CPUState *cs = CPU(cpu);
    int ret;

    if (dl->mode == MODE_OFF) {
        return 0;
    }
    ret = kvmdl_vcpu_init(&dl->vcpu, sizeof(dl->vcpu),
                          dl->mode == MODE_ON ? KVMDL_KERNEL : KVMDL_USER,
                          kvm_state->vmfd, cs->kvm_fd, cs->kvm_run,
                          x86_deadline_read_memory, cs);
    if (ret < 0) {
        return ret;
    }
    dl->recheck_timer = timer_new_ns(QEMU_CLOCK_REALTIME,
                                     x86_deadline_recheck, cpu);
    return kvmdl_set_cpuid(&dl->vcpu, cpuid);
}

static bool x86_deadline_needed(void *opaque)
{
    KVMDeadline *dl = opaque;

    return dl->mode != MODE_OFF;
}

/*
 * A guest that arrives here may arm its timer at any time, if it has not yet.
 * And KVM is given the deadline at once: what it says when the registers are
 * put, later, does not stop an incoming migration any more.
 */
static int x86_deadline_post_load(void *opaque, int version_id)
{
    KVMDeadline *dl = opaque;
    int cpu_index = CPU(dl->cpu)->cpu_index;
    int ret;

    if (dl->mode == MODE_OFF) {
        error_report("CPU %d arrives with MSR_KVM_DEADLINE, which it would "
                     "lose: start with -cpu ...," PROP_NAME "=on or "
                     PROP_NAME "=user", cpu_index);
        return -EINVAL;
    }
    ret = kvmdl_set(&dl->vcpu, dl->deadline_ns);
    if (ret) {
        error_report("CPU %d: KVM does not take MSR_KVM_DEADLINE (%s)",
                     cpu_index, strerror(-ret));
    }
    return ret;
}

/*
 * A section of its own, sent when the guest has been given the MSR: the stream
 * of any other guest is what it always was (R17), and a QEMU that does not know
 * the section refuses the guest instead of losing its timer.
 */
static const VMStateDescription vmstate_kvm_deadline = {
    .name = "cpu/kvm-deadline",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = x86_deadline_needed,
    .post_load = x86_deadline_post_load,
    .fields = (VMStateField[]) {
        VMSTATE_UINT64(deadline_ns, KVMDeadline),
        VMSTATE_END_OF_LIST()
    }
};

void x86_deadline_vmstate_register(X86CPU *cpu)
{
    vmstate_register(NULL, CPU(cpu)->cpu_index, &vmstate_kvm_deadline,
                     deadline_of(cpu));
}

void x86_deadline_vmstate_unregister(X86CPU *cpu)
{
    vmstate_unregister(NULL, &vmstate_kvm_deadline, cpu->kvm_deadline);
    timer_free(cpu->kvm_deadline->recheck_timer);
    cpu->kvm_deadline->recheck_timer = NULL;
}

void x86_deadline_instance_finalize(Object *obj)
{
    KVMDeadline *dl = X86_CPU(obj)->kvm_deadline;

    if (dl) {
        timer_free(dl->recheck_timer);
        g_free(dl);
    }
}

/*
 * Errors here mean that the kernel broke its word.  QEMU 7.2 drops those of
 * register transfer, and a guest without its timer hangs, so stop it where an
 * operator can see why.  At the end of an incoming migration nothing can be
 * stopped yet: x86_deadline_post_load() has asked KVM by then.
 */
static int x86_deadline_report_error(X86CPU *cpu, int ret, const char *what)
{
    bool locked = qemu_mutex_iothread_locked();

    if (ret >= 0) {
        return 0;
    }
    error_report("CPU %d: KVM does not %s MSR_KVM_DEADLINE (%s)",
                 CPU(cpu)->cpu_index, what, strerror(-ret));
    if (!locked) {
        qemu_mutex_lock_iothread();
    }
    vm_stop(RUN_STATE_INTERNAL_ERROR);
    if (!locked) {
        qemu_mutex_unlock_iothread();
    }
    return ret;
}

void x86_deadline_pre_run(X86CPU *cpu)
{
    KVMDeadline *dl = deadline_of(cpu);
    uint64_t wait_ns;

    if (dl->mode != MODE_USER) {
        return;
    }
    x86_deadline_report_error(cpu, kvmdl_before_run(&dl->vcpu), "arm");
    wait_ns = kvmdl_next_check_ns(&dl->vcpu);
    if (wait_ns && !timer_pending(dl->recheck_timer)) {
        timer_mod(dl->recheck_timer,
                  qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + wait_ns);
    }
}

/*
 * What lies between two rounds of KVM's loop is for others: whoever wants the
 * vCPU for it sends a signal, which ends the next KVM_RUN.
 */
bool x86_deadline_fast_exit(CPUState *cs)
{
    struct kvm_run *run = cs->kvm_run;
    X86CPU *cpu;

    if (run->exit_reason != KVM_EXIT_X86_WRMSR ||
        run->msr.index != MSR_KVM_DEADLINE || qatomic_read(&cs->exit_request)) {
        return false;
    }
    cpu = X86_CPU(cs);
    run->msr.error = !x86_deadline_handle_exit(cpu);
    x86_deadline_pre_run(cpu);
    return true;
}

int x86_deadline_get(X86CPU *cpu)
{
    KVMDeadline *dl = deadline_of(cpu);
    struct kvmdl_state state;
    int ret;

    if (dl->mode == MODE_OFF) {
        return 0;
    }
    ret = kvmdl_get(&dl->vcpu, &state, sizeof(state));
    if (!ret) {
        dl->deadline_ns = state.deadline_ns;
        cpu->env.tsc_deadline = state.tsc_deadline;
    }
    return x86_deadline_report_error(cpu, ret, "give");
}

int x86_deadline_put(X86CPU *cpu, int level)
{
    KVMDeadline *dl = deadline_of(cpu);

    if (dl->mode == MODE_OFF) {
        return 0;
    }
    if (level >= KVM_PUT_RESET_STATE) {
        kvmdl_changed(&dl->vcpu);
    } else if (dl->mode == MODE_ON) {
        /* Only the guest, a reset and an incoming stream change it there. */
        return 0;
    }
    /* For "user" the 0 just put into the TSC deadline has stopped the timer. */
    return x86_deadline_report_error(cpu,
                                     kvmdl_set(&dl->vcpu, dl->deadline_ns),
                                     "take");
}

/* Also what makes a stream without the section load as "not armed". */
void x86_deadline_reset(X86CPU *cpu)
{
    deadline_of(cpu)->deadline_ns = 0;
}
