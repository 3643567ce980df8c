/* SPDX-License-Identifier: GPL-2.0-only */
/* The only place of the guest side that knows kernel versions. */
#ifndef KVM_DEADLINE_GUEST_COMPAT_H
#define KVM_DEADLINE_GUEST_COMPAT_H

#include <linux/ftrace.h>
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

#endif /* KVM_DEADLINE_GUEST_COMPAT_H */
