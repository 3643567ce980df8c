// SPDX-License-Identifier: GPL-2.0-only
/* Counted by perf: nothing is left behind, and nobody else's tracing is disturbed. */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "count.h"

#define PROBE_TYPE	"/sys/bus/event_source/devices/kprobe/type"
#define POSTED_ID	"/sys/kernel/tracing/events/kvm/kvm_apicv_accept_irq/id"

const char *const counted_name[COUNTED] = {
	[FULL_WRMSR]		= "full_wrmsr",
	[PREEMPTION_TIMER]	= "preemption_timer",
	[POSTED]		= "posted",
};

/* The fastpath and the slow path both end in the second one. */
static const char *const function[COUNTED] = {
	[FULL_WRMSR]		= "kvm:kvm_emulate_wrmsr",
	[PREEMPTION_TIMER]	= "kvm:kvm_lapic_expired_hv_timer",
};

/* 0 where there is none: no number of these two is. */
static u32 number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned int number = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%u", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

static int open_counter(enum counted what)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };

	if (function[what]) {
		attr.type = number_in(PROBE_TYPE);
		attr.kprobe_func = (u64)function[what];
		if (!attr.type)
			return -1;
	} else {
		attr.type = PERF_TYPE_TRACEPOINT;
		attr.config = number_in(POSTED_ID);
		if (!attr.config)
			return -1;
	}
	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

bool can_count(enum counted what)
{
	int fd = open_counter(what);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static u64 read_counter(int fd)
{
	u64 count = 0;

	if (fd >= 0 && read(fd, &count, sizeof(count)) != sizeof(count))
		die("a perf counter");
	return count;
}

static void guest_rounds(void)
{
	int round;

	guest_event(EVENT_SYNC);
	for (round = 1; round <= ARMS; round++) {
		arm(guest.arg[0]);
		if (guest.arg[0] == FAR_US)
			continue;
		if (guest.arg[1])
			wait_halted(round);
		else
			wait_busy(round);
		G_EXPECT(guest.irq_now, >=, guest.deadline);
	}
	guest_event(EVENT_SYNC);
	wrmsr(guest.msr, 0);
}

struct counts count_arms(u32 msr, u64 us, bool halted)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_rounds);
	struct counts counts = { 0 };
	int fd[COUNTED], i;

	guest.msr = msr;
	guest.irqs = 0;
	guest.arg[0] = us;
	guest.arg[1] = halted;
	/* Without the guest's start and end. */
	vcpu_run_to(vcpu, EVENT_SYNC);
	for (i = 0; i < COUNTED; i++)
		fd[i] = open_counter(i);
	vcpu_run_to(vcpu, EVENT_SYNC);
	for (i = 0; i < COUNTED; i++) {
		counts.of[i] = read_counter(fd[i]);
		close(fd[i]);
	}
	vcpu_run_to(vcpu, EVENT_DONE);
	vm_free(vm);
	return counts;
}
