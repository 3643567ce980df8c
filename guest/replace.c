// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static functions of a running kernel replaced, by the exported facility of
 * ftrace that livepatch rests on.
 *
 * Not by livepatch itself: that asks the current task which function to take,
 * and warns about a task that is exiting when a transition begins.  These run in
 * interrupts, on top of whatever task.  What they need is consistency per CPU:
 * one whose backend is native runs the kernel's functions untouched, and all are
 * native before the first function is in place and before one goes away.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "guest.h"

struct replacement {
	struct ftrace_ops ops;
	char *name;
	void *function;
};

static void notrace redirect(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	void *function = container_of(ops, struct replacement, ops)->function;
	enum backend backend = this_cpu_read(kvm_deadline_backend);

	if (function == kvm_deadline_next_event)
		this_cpu_inc(kvm_deadline_stats.arms[backend]);
	if (backend != BACKEND_NATIVE)
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)function);
}

/* Permanent: kernel.ftrace_enabled=0 must not switch the driver off. */
#define REDIRECT {							\
	.func	= redirect,						\
	.flags	= FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,	\
}

static struct replacement replacements[] = {
	{ REDIRECT, "lapic_timer_shutdown", kvm_deadline_shutdown },
	{ REDIRECT, "lapic_timer_set_oneshot", kvm_deadline_set_oneshot },
	{ REDIRECT, "lapic_next_deadline", kvm_deadline_next_event },
	{ REDIRECT, "lapic_next_event", kvm_deadline_next_event },
};

static int put_in(struct replacement *replacement)
{
	struct ftrace_ops *ops = &replacement->ops;
	char *name = replacement->name;
	int ret = ftrace_set_filter(ops, name, strlen(name), 0);

	if (!ret)
		ret = register_ftrace_function(ops);
	if (!ret)
		return 0;

	pr_err("not loaded: error %d for %s(); set kernel.ftrace_enabled=1, unload what else patches it\n",
	       ret, name);
	ftrace_free_filter(ops);
	return ret;
}

/*
 * Waits until every CPU has been through the scheduler: the functions run with
 * interrupts off, so then none is inside one of ours.
 *
 * One that cannot be taken out, say because ftrace has shut itself off after an
 * error, goes on jumping to this text: then we stay, and rmmod with us.
 */
static void put_back(int count)
{
	while (count--) {
		struct replacement *replacement = &replacements[count];
		int ret;

		while ((ret = unregister_ftrace_function(&replacement->ops))) {
			pr_err_once("cannot be unloaded: error %d for %s()\n",
				    ret, replacement->name);
			schedule_timeout_idle(HZ);
		}
		ftrace_free_filter(&replacement->ops);
	}
}

int kvm_deadline_replace(void)
{
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(replacements); i++) {
		ret = put_in(&replacements[i]);
		if (ret) {
			put_back(i);
			return ret;
		}
	}
	return 0;
}

void kvm_deadline_put_back(void)
{
	put_back(ARRAY_SIZE(replacements));
}
