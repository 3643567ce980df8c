// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers that survive a move between hosts, on a stock kernel: the local APIC's
 * clock event arms absolute kvmclock deadlines instead of TSC values or counts.
 *
 * The kernel keeps its clock event device and with it vector, hotplug and
 * broadcast logic; only a few static functions are replaced, see replace.c.
 *
 * What a CPU is armed with changes only where its kvmclock runs.  kvm.c stops a
 * CPU's kvmclock while its timer still runs, and a page that is no longer written
 * drifts away from the clock the host judges by.  So each CPU leaves before, which
 * arms natively what was armed, and joins again after.
 *
 * - CPU offline: cpu_goes() comes before kvm.c's callback, whose hotplug state
 *   was registered earlier.  One that comes online may still tick periodically:
 *   it makes use of the backend from its first one-shot timer on.
 * - suspend to RAM and hibernation: the same for the other CPUs.  The last one
 *   leaves by our syscore callback: registered after kvm.c's, called before it.
 *   Then timekeeping_suspend() shuts the timer down, so D is 0 while asleep.  A
 *   suspend that is called off late comes back with kvmclock still stopped, so
 *   joining looks at MSR_KVM_SYSTEM_TIME.
 * - suspend to idle does not stop kvmclock.
 * - reboot and kexec: our notifier has the higher priority.  The old kernel
 *   clears the LVT of every CPU, RESET and INIT clear D as well (R08).
 * - a crash kernel is entered in one go, with the same clearing of LVTs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/kvm_para.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
/* Uses struct pvclock_vsyscall_time_info without declaring it. */
#include <asm/kvmclock.h>
#include <asm/processor.h>

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

/* Room for the longest name; anything longer is refused by the loader. */
static char backend_name[sizeof("kvmclock")] = "auto";
module_param_string(backend, backend_name, sizeof(backend_name), 0444);
MODULE_PARM_DESC(backend, "auto, msr, kvmclock or off; reads as what was chosen");

static enum backend backend;
static u32 system_time_msr;
static enum cpuhp_state hotplug_state;
static bool loaded;

/* Why this CPU has to keep its native timer, or NULL. */
static const char *obstacle(void)
{
	u64 system_time;
	u32 lvtt;

	if (backend == BACKEND_NATIVE)
		return NULL;

	if (!this_cpu_hvclock() ||
	    rdmsrl_safe(system_time_msr, &system_time) ||
	    !(system_time & KVM_MSR_ENABLED))
		return "kvmclock is off; reboot, without no-kvmclock and nopv";

	lvtt = apic->read(APIC_LVTT);
	if ((lvtt & APIC_VECTOR_MASK) != LOCAL_TIMER_VECTOR)
		return "the local APIC timer is not in use; reboot, without nolapic_timer";

	if (backend == BACKEND_KVMCLOCK &&
	    !boot_cpu_has(X86_FEATURE_TSC_DEADLINE_TIMER))
		return "no lapic-deadline; use kvm-deadline=on or +tsc-deadline";

	/* One that comes online has not yet got any further. */
	if (lvtt & APIC_LVT_TIMER_PERIODIC && !loaded)
		return "the tick is periodic; reboot, without nohz=off highres=off";

	return NULL;
}

static const char *cpu_join(void)
{
	const char *why = obstacle();

	if (!why)
		this_cpu_write(kvm_deadline_backend, backend);
	return why;
}

static void cpu_leave(void *unused)
{
	kvm_deadline_leave();
}

/* An obstacle keeps the module from loading, but not a CPU from coming. */
static int cpu_comes(unsigned int cpu)
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

static int cpu_goes(unsigned int cpu)
{
	cpu_leave(NULL);
	return 0;
}

static int sleep_begin(SYSCORE_DATA)
{
	cpu_leave(NULL);
	return 0;
}

static void sleep_end(SYSCORE_DATA)
{
	cpu_comes(smp_processor_id());
}

DEFINE_SYSCORE(deadline_syscore, sleep_begin, sleep_end);

static int reboot_begin(struct notifier_block *nb, unsigned long code,
			void *unused)
{
	on_each_cpu(cpu_leave, NULL, 1);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call	= reboot_begin,
	/* Before kvm.c's, which has the default of 0. */
	.priority	= 1,
};

/* A file of /sys/module/kvm_deadline/counters, summed over the CPUs. */
struct counter {
	struct module_attribute attr;
	size_t offset;
};

static ssize_t counter_show(struct module_attribute *attr,
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
COUNTER(spared, spared);
COUNTER(refused, refused);

static struct attribute *counter_attrs[] = {
	&native_counter.attr.attr,
	&kvmclock_counter.attr.attr,
	&msr_counter.attr.attr,
	&spared_counter.attr.attr,
	&refused_counter.attr.attr,
	NULL
};

static const struct attribute_group counter_group = {
	.name	= "counters",
	.attrs	= counter_attrs,
};

static int choose_backend(bool msr_offered)
{
	int wanted;

	if (!strcmp(backend_name, "auto"))
		return msr_offered ? BACKEND_MSR : BACKEND_KVMCLOCK;

	wanted = match_string(backend_names, BACKENDS, backend_name);
	if (wanted < 0)
		pr_err("backend=%s is unknown: say auto, msr, kvmclock or off\n",
		       backend_name);
	if (wanted != BACKEND_MSR || msr_offered)
		return wanted;

	pr_load_err("not loaded: the host does not offer MSR_KVM_DEADLINE; start the VM with kvm-deadline=on or load with backend=kvmclock\n");
	return -ENODEV;
}

/* Modules cannot link kvm_arch_para_features(). */
static int look_around(void)
{
	u32 base = hypervisor_cpuid_base(KVM_SIGNATURE, KVM_FEATURES_LEAF);
	bool msr_offered;
	u32 features;
	int chosen;

	if (!base) {
		pr_load_err("not loaded: not a KVM guest; start the VM under KVM and without kvm=off\n");
		return -ENODEV;
	}
	features = cpuid_eax(base + KVM_FEATURES_LEAF);
	system_time_msr = features & BIT(KVM_FEATURE_CLOCKSOURCE2) ?
			  MSR_KVM_SYSTEM_TIME_NEW : MSR_KVM_SYSTEM_TIME;

	msr_offered = features & BIT(KVM_FEATURE_DEADLINE);
	chosen = choose_backend(msr_offered);
	if (chosen < 0)
		return chosen;

	pr_info("timer backend %s (backend=%s, the host %s MSR_KVM_DEADLINE)\n",
		backend_names[chosen], backend_name,
		msr_offered ? "offers" : "does not offer");
	backend = chosen;
	strscpy(backend_name, backend_names[chosen], sizeof(backend_name));
	return 0;
}

static int join_all(void)
{
	/* Runs cpu_comes() on each CPU. */
	int ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN,
				    "x86/kvm_deadline:online", cpu_comes,
				    cpu_goes);

	if (ret < 0)
		return ret;
	hotplug_state = ret;
	loaded = true;
	register_syscore(&deadline_syscore);
	register_reboot_notifier(&reboot_notifier);
	return 0;
}

static void leave_all(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	unregister_syscore(&deadline_syscore);
	/* Runs cpu_goes() on each CPU. */
	cpuhp_remove_state(hotplug_state);
}

/* The functions come in before the first CPU joins and go out after the last left. */
static int __init kvm_deadline_init(void)
{
	int ret = look_around();

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
