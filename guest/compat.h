/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place of the guest side that knows kernel versions, and whether the
 * driver is a module or built into the kernel (see series/linux/make).
 */
#ifndef KVM_DEADLINE_GUEST_COMPAT_H
#define KVM_DEADLINE_GUEST_COMPAT_H

#include <linux/module.h>

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
