/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place of the guest side that knows kernel versions, and whether the
 * driver is a module or built into the kernel (see series/linux/make).
 */
#ifndef KVM_DEADLINE_GUEST_COMPAT_H
#define KVM_DEADLINE_GUEST_COMPAT_H

#include <linux/module.h>
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>

/* Their names before 6.16. */
#ifndef rdmsrq
#define rdmsrq_safe		rdmsrl_safe
#define wrmsrq			wrmsrl
#define wrmsrq_safe		wrmsrl_safe
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#include <asm/processor.h>
#define cpuid_base_hypervisor	hypervisor_cpuid_base
#define kvm_deadline_attribute	struct module_attribute
#else
#include <asm/cpuid/api.h>
#define kvm_deadline_attribute	const struct module_attribute
#endif

/* A member before 7.3. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define apic_timer_irqs		counts[IRQ_COUNT_APIC_TIMER]
#endif

/*
 * Newer kernels write the TSC deadline themselves, inline, while the TSC is the clock
 * source.  No function is called there that could be replaced.
 */
static inline bool kernel_arms_by_tsc(void)
{
	return IS_ENABLED(CONFIG_GENERIC_CLOCKEVENTS_COUPLED_INLINE) &&
	       boot_cpu_has(X86_FEATURE_TSC_DEADLINE_TIMER);
}

#ifdef MODULE

#include <linux/ftrace.h>

/* Its name before 6.2. */
#ifndef ftrace_regs_set_instruction_pointer
#define ftrace_regs_set_instruction_pointer	ftrace_instruction_pointer_set
#endif

#define pr_load_err			pr_err
#define kvm_deadline_kobject()		(&THIS_MODULE->mkobj.kobj)
#define kvm_deadline_initcall(fn)	module_init(fn)

#else

/* Most machines that such a kernel runs on are not its guest: no error there. */
#define pr_load_err			pr_debug
#define kvm_deadline_kobject()		kset_find_obj(module_kset, KBUILD_MODNAME)
/* After the folders of built-in code in /sys/module are made. */
#define kvm_deadline_initcall(fn)	late_initcall_sync(fn)

#endif

#endif /* KVM_DEADLINE_GUEST_COMPAT_H */
