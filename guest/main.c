// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers that survive a move between hosts, on a stock kernel: the local APIC's
 * clock event arms absolute kvmclock deadlines instead of TSC values or counts.
 *
 * The kernel keeps its clock event device and with it vector, hotplug and
 * broadcast logic; only a few static functions are replaced, see replace.c.
 *
 * The timer follows the clock that the kernel keeps time by.  While that is the TSC
 * all CPUs keep their native timer: a deadline in another clock than the
 * timekeeper's is late by whatever the two part by.
 *
 * What a CPU is armed with changes only where its kvmclock runs.  kvm.c stops a
 * CPU's kvmclock while its timer still runs, and a page that is no longer written
 * drifts away from the clock the host judges by.  So each CPU leaves before, which
 * arms natively what was armed, and joins again after.
 *
 * - CPU offline: deadline_cpu_offline() comes before kvm.c's callback, whose
 *   hotplug state was registered earlier.  One that comes online may still tick
 *   periodically: it makes use of the backend from its first one-shot timer on.
 * - suspend and hibernation: from the first of the kernel's notifications to the
 *   last all CPUs are native.  A suspend that is called off late comes back with
 *   kvmclock still stopped, so joining looks at MSR_KVM_SYSTEM_TIME.
 * - reboot and kexec: our notifier has the higher priority.  The old kernel
 *   clears the LVT of every CPU, RESET and INIT clear D as well (R08).
 * - a crash kernel is entered in one go, with the same clearing of LVTs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/clocksource.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/irq_work.h>
#include <linux/kvm_para.h>
#include <linux/module.h>
#include <linux/pvclock_gtod.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/sysfs.h>
#include <linux/timekeeper_internal.h>
#include <linux/workqueue.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
/* Uses struct pvclock_vsyscall_time_info without declaring it. */
#include <asm/kvmclock.h>

#include "../include/kvm_deadline.h"
#include "compat.h"
#include "guest.h"

/* The features are in EAX of the leaf after the base. */
#define KVM_FEATURES_LEAF	1

static const char * const backend_names[BACKENDS] = {
	[BACKEND_NATIVE]	= "off",
	[BACKEND_KVMCLOCK]	= "kvmclock",
	[BACKEND_MSR]		= "msr",
};

/* As long as the longest name; anything longer is refused by the loader. */
static char backend_name[sizeof("kvmclock")] = "auto";
module_param_string(backend, backend_name, sizeof(backend_name), 0444);
MODULE_PARM_DESC(backend,
		 "auto, msr, kvmclock or off; reads as what is in use, native where the clock source is tsc");

static bool automatic;			/* backend=auto */
static enum backend wanted_backend;	/* else this one */
static bool clock_is_tsc;		/* the timekeeper's, at this moment */
static bool followed_tsc;		/* what it was when the CPUs joined */
static bool paused;			/* asleep soon, or for good */
static bool loaded;
static enum cpuhp_state hotplug_state;

/* Modules cannot link kvm_arch_para_features(); 0 if this is no KVM guest. */
static u32 kvm_features(void)
{
	u32 base = cpuid_base_hypervisor(KVM_SIGNATURE, KVM_FEATURES_LEAF);

	return base ? cpuid_eax(base + KVM_FEATURES_LEAF) : 0;
}

static enum backend best_backend(u32 features)
{
	if (!automatic)
		return wanted_backend;
	return features & BIT(KVM_FEATURE_DEADLINE) ? BACKEND_MSR :
						      BACKEND_KVMCLOCK;
}

static bool keeps_time_by_tsc(void)
{
	return READ_ONCE(clock_is_tsc) && (automatic || kernel_arms_by_tsc());
}

static bool kvmclock_runs(u32 features)
{
	u32 msr = features & BIT(KVM_FEATURE_CLOCKSOURCE2) ?
		  MSR_KVM_SYSTEM_TIME_NEW : MSR_KVM_SYSTEM_TIME;
	u64 system_time;

	return this_cpu_hvclock() && !rdmsrq_safe(msr, &system_time) &&
	       system_time & KVM_MSR_ENABLED;
}

/* Why this CPU cannot be served, or NULL. */
static const char *unsupported_reason(enum backend backend, u32 features)
{
	u32 lvtt;

	if (backend == BACKEND_NATIVE)
		return NULL;

	if (backend == BACKEND_MSR && !(features & BIT(KVM_FEATURE_DEADLINE)))
		return "not offered by the host; use -cpu ...,+kvm-deadline, or backend=kvmclock";

	if (!kvmclock_runs(features))
		return "kvmclock is off; reboot, without no-kvmclock and nopv";

	lvtt = apic->read(APIC_LVTT);
	if ((lvtt & APIC_VECTOR_MASK) != LOCAL_TIMER_VECTOR)
		return "the local APIC timer is not in use; reboot, without nolapic_timer";

	if (backend == BACKEND_KVMCLOCK &&
	    !boot_cpu_has(X86_FEATURE_TSC_DEADLINE_TIMER))
		return "no lapic-deadline; use -cpu ...,+kvm-deadline or +tsc-deadline";

	/* One that comes online has not yet got any further. */
	if (lvtt & APIC_LVT_TIMER_PERIODIC && !loaded)
		return "the tick is periodic; reboot, without nohz=off highres=off";

	return NULL;
}

/* Each time anew: a VM that was asleep may have woken on another host. */
static const char *cpu_join(void)
{
	u32 features = kvm_features();
	enum backend backend = best_backend(features);
	const char *why;

	if (READ_ONCE(paused))
		return NULL;
	why = unsupported_reason(backend, features);
	if (!why && !keeps_time_by_tsc())
		kvm_deadline_join(backend);
	return why;
}

/* What is unsupported keeps the module from loading, but not a CPU from coming. */
static int deadline_cpu_online(unsigned int cpu)
{
	const char *why = cpu_join();

	if (!why)
		return 0;
	if (!loaded) {
		pr_load_err("not loaded: CPU %u: %s\n", cpu, why);
		return -ENODEV;
	}
	pr_warn("CPU %u keeps its native timer: %s\n", cpu, why);
	return 0;
}

static int deadline_cpu_offline(unsigned int cpu)
{
	kvm_deadline_leave();
	return 0;
}

static void cpu_rejoin(void *unused)
{
	kvm_deadline_leave();
	deadline_cpu_online(smp_processor_id());
}

/* No CPU is on its way in or out: there it must not join again. */
static void rejoin_all(void)
{
	cpus_read_lock();
	on_each_cpu(cpu_rejoin, NULL, 1);
	cpus_read_unlock();
}

static void announce(void)
{
	u32 features = kvm_features();
	const char *name = keeps_time_by_tsc() ? "native" :
			   backend_names[best_backend(features)];

	pr_info("timer backend %s (backend=%s, the clock source is %s, the host %s MSR_KVM_DEADLINE)\n",
		name, automatic ? "auto" : backend_names[wanted_backend],
		READ_ONCE(clock_is_tsc) ? "the TSC" : "not the TSC",
		features & BIT(KVM_FEATURE_DEADLINE) ? "offers" :
						       "does not offer");
	kernel_param_lock(THIS_MODULE);
	strscpy(backend_name, name, sizeof(backend_name));
	kernel_param_unlock(THIS_MODULE);
}

static void pause_all(bool pause)
{
	WRITE_ONCE(paused, pause);
	rejoin_all();
}

static int sleep_event(struct notifier_block *nb, unsigned long event,
		       void *unused)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		pause_all(true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		pause_all(false);
		/* It may have woken on another host. */
		announce();
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block sleep_notifier = {
	.notifier_call	= sleep_event,
};

static int reboot_begin(struct notifier_block *nb, unsigned long code,
			void *unused)
{
	pause_all(true);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call	= reboot_begin,
	/* Before kvm.c's, which has the default of 0. */
	.priority	= 1,
};

static void follow_clock(struct work_struct *work)
{
	WRITE_ONCE(followed_tsc, READ_ONCE(clock_is_tsc));
	rejoin_all();
	announce();
}

static DECLARE_WORK(follow_clock_work, follow_clock);

static void queue_follow_clock(struct irq_work *work)
{
	schedule_work(&follow_clock_work);
}

static DEFINE_IRQ_WORK(clock_changed, queue_follow_clock);

/*
 * KVM's own way to follow a host's clock source.  The timekeeper is locked, so the
 * rest is left to an interrupt: even to queue work may read the time.
 */
static int timekeeper_update(struct notifier_block *nb, unsigned long was_set,
			     void *timekeeper)
{
	const struct timekeeper *tk = timekeeper;
	bool is_tsc =
		tk->tkr_mono.clock->vdso_clock_mode == VDSO_CLOCKMODE_TSC;

	if (READ_ONCE(clock_is_tsc) != is_tsc)
		kvm_deadline_forget();
	WRITE_ONCE(clock_is_tsc, is_tsc);
	if (READ_ONCE(loaded) && READ_ONCE(followed_tsc) != is_tsc)
		irq_work_queue(&clock_changed);
	return NOTIFY_DONE;
}

static struct notifier_block timekeeper_notifier = {
	.notifier_call	= timekeeper_update,
};

static void report_refusal(struct irq_work *work)
{
	pr_warn("CPU %u goes native until it next comes online or wakes: the host refused or ignored MSR_KVM_DEADLINE\n",
		smp_processor_id());
}

struct irq_work kvm_deadline_refusal = IRQ_WORK_INIT(report_refusal);

/* A file of /sys/module/kvm_deadline/counters, summed over the CPUs. */
struct counter {
	struct module_attribute attr;
	size_t offset;
};

static ssize_t counter_show(kvm_deadline_attribute *attr,
			    struct module_kobject *module, char *buf)
{
	size_t offset = container_of(attr, struct counter, attr)->offset;
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		void *stats = per_cpu_ptr(&kvm_deadline_stats, cpu);

		sum += READ_ONCE(*(unsigned long *)(stats + offset));
	}
	return sysfs_emit(buf, "%lu\n", sum);
}

#define COUNTER(_name, _member)						\
	static struct counter _name##_counter = {			\
		.attr	= __ATTR(_name, 0444, counter_show, NULL),	\
		.offset	= offsetof(struct backend_stats, _member),	\
	}

COUNTER(native, arms[BACKEND_NATIVE]);
COUNTER(kvmclock, arms[BACKEND_KVMCLOCK]);
COUNTER(msr, arms[BACKEND_MSR]);
COUNTER(elided, elided);
COUNTER(refused, refused);

static struct attribute *counter_attrs[] = {
	&native_counter.attr.attr,
	&kvmclock_counter.attr.attr,
	&msr_counter.attr.attr,
	&elided_counter.attr.attr,
	&refused_counter.attr.attr,
	NULL
};

static const struct attribute_group counter_group = {
	.name	= "counters",
	.attrs	= counter_attrs,
};

static int detect_host(void)
{
	int wanted = match_string(backend_names, BACKENDS, backend_name);

	if (!kvm_features()) {
		pr_load_err("not loaded: not a KVM guest; start the VM under KVM and without kvm=off\n");
		return -ENODEV;
	}
	automatic = !strcmp(backend_name, "auto");
	if (wanted < 0 && !automatic) {
		pr_err("backend=%s is unknown: say auto, msr, kvmclock or off\n",
		       backend_name);
		return wanted;
	}
	wanted_backend = automatic ? BACKEND_NATIVE : wanted;
	return 0;
}

static int join_all(void)
{
	int ret;

	/* Calls timekeeper_update() now, and whenever the time is brought forward. */
	pvclock_gtod_register_notifier(&timekeeper_notifier);
	followed_tsc = clock_is_tsc;
	/* Runs deadline_cpu_online() on each CPU. */
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN,
				"x86/kvm_deadline:online", deadline_cpu_online,
				deadline_cpu_offline);
	if (ret < 0) {
		pvclock_gtod_unregister_notifier(&timekeeper_notifier);
		return ret;
	}
	hotplug_state = ret;
	announce();
	WRITE_ONCE(loaded, true);
	register_pm_notifier(&sleep_notifier);
	register_reboot_notifier(&reboot_notifier);
	return 0;
}

static void leave_all(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	unregister_pm_notifier(&sleep_notifier);
	pvclock_gtod_unregister_notifier(&timekeeper_notifier);
	irq_work_sync(&clock_changed);
	cancel_work_sync(&follow_clock_work);
	/* Runs deadline_cpu_offline() on each CPU. */
	cpuhp_remove_state(hotplug_state);
	irq_work_sync(&kvm_deadline_refusal);
}

/* The functions come in before the first CPU joins and go out after the last left. */
static int __init kvm_deadline_init(void)
{
	int ret = detect_host();

	if (ret)
		return ret;
	ret = kvm_deadline_replace();
	if (ret)
		return ret;
	ret = sysfs_create_group(kvm_deadline_kobject(), &counter_group);
	if (ret)
		goto err_put_back;
	ret = join_all();
	if (ret)
		goto err_sysfs;
	return 0;

err_sysfs:
	sysfs_remove_group(kvm_deadline_kobject(), &counter_group);
err_put_back:
	kvm_deadline_put_back();
	return ret;
}

static void __exit kvm_deadline_exit(void)
{
	leave_all();
	sysfs_remove_group(kvm_deadline_kobject(), &counter_group);
	kvm_deadline_put_back();
}

kvm_deadline_initcall(kvm_deadline_init);
module_exit(kvm_deadline_exit);

MODULE_DESCRIPTION("Deadline timer in kvmclock nanoseconds for KVM guests");
MODULE_LICENSE("GPL");
