/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place of the guest side that knows kernel versions, and whether the
 * driver is a module or built into the kernel (see series/linux/make).
 */
#ifndef KVM_DEADLINE_GUEST_COMPAT_H
#define KVM_DEADLINE_GUEST_COMPAT_H

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/syscore_ops.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)

#define ftrace_regs_set_instruction_pointer	ftrace_instruction_pointer_set

#define SYSCORE_DATA		void
#define register_syscore	register_syscore_ops
#define unregister_syscore	unregister_syscore_ops
#define DEFINE_SYSCORE(name, begin, end)				\
	static struct syscore_ops name = { .suspend = begin, .resume = end }

#else

#define SYSCORE_DATA		void *data
#define DEFINE_SYSCORE(name, begin, end)				\
	static const struct syscore_ops name##_ops = {			\
		.suspend = begin, .resume = end,			\
	};								\
	static struct syscore name = { .ops = &name##_ops }

#endif

#ifdef MODULE

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
