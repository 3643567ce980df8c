// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into QEMU: each time that a guest's timer fires after a long sleep, its
 * kvmclock is set back by a second before the guest has seen that it fired.
 *
 * A signal says that KVM has given the guest its timer's vector: it is a tracepoint's,
 * and ends KVM_RUN before the guest is entered.  QEMU is then told to stop and to go on,
 * as for a snapshot, and what it sets the clock to is a second less.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SET_BACK_NS	1000000000LL
/* What is left of a sleep, once set back, is no long one. */
#define LONG_NS		(SET_BACK_NS * 6 / 5)

#define TRACEPOINT	"/sys/kernel/tracing/events/kvm/kvm_apic_accept_irq/id"
#define TIMER_VECTOR	"vec == 0xec"	/* LOCAL_TIMER_VECTOR */
#define FIRED		SIGUSR2

static struct kvm_run *run;
static sig_atomic_t fired;
static bool setting_back;
static int steps;

static void need(bool done, const char *what)
{
	if (done)
		return;
	perror(what);
	abort();
}

static void on_fired(int signal)
{
	(void)signal;
	fired = true;
}

static int tracepoint_id(void)
{
	FILE *file = fopen(TRACEPOINT, "r");
	int id;

	need(file && fscanf(file, "%d", &id) == 1 && !fclose(file), TRACEPOINT);
	return id;
}

/* In the thread of the only vCPU. */
static void start(int vcpu_fd)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = tracepoint_id(),
		.sample_period = 1,
	};
	struct f_owner_ex self = { F_OWNER_TID, gettid() };
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	sigset_t signals;

	need(fd >= 0, "perf_event_open");
	need(!syscall(SYS_ioctl, fd, PERF_EVENT_IOC_SET_FILTER, TIMER_VECTOR), "filter");
	sigemptyset(&signals);
	sigaddset(&signals, FIRED);
	signal(FIRED, on_fired);
	need(!pthread_sigmask(SIG_UNBLOCK, &signals, NULL), "pthread_sigmask");
	need(!fcntl(fd, F_SETOWN_EX, &self) && !fcntl(fd, F_SETSIG, FIRED) &&
	     !fcntl(fd, F_SETFL, O_ASYNC), "fcntl");
	run = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, vcpu_fd, 0);
	need(run != MAP_FAILED, "kvm_run");
}

/* Until QEMU wants this thread to stop; the clock is set before it goes on. */
static void set_back(void)
{
	static const char commands[] = "stop\ncont\n";
	int monitor = open("/tmp/monitor.in", O_WRONLY);

	setting_back = true;
	need(write(monitor, commands, sizeof(commands) - 1) > 0 && !close(monitor), "monitor");
	while (!__atomic_load_n(&run->immediate_exit, __ATOMIC_RELAXED))
		usleep(10);
	steps++;
}

static void after_run(void)
{
	static long long before_ns;
	struct timespec now;
	long long now_ns;

	if (!fired)
		return;
	fired = false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	/* Not the first one ever: kvmclock has hardly begun. */
	if (before_ns && now_ns - before_ns > LONG_NS)
		set_back();
	before_ns = now_ns;
}

static __attribute__((destructor)) void report(void)
{
	if (run)
		fprintf(stderr, "set back %d times\n", steps);
}

int ioctl(int fd, unsigned long request, ...)
{
	struct kvm_clock_data *clock;
	va_list list;
	void *arg;
	int ret;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);

	if (request == KVM_RUN && !run)
		start(fd);
	if (request == KVM_SET_CLOCK && setting_back) {
		clock = arg;
		clock->clock -= SET_BACK_NS;
		setting_back = false;
	}
	ret = syscall(SYS_ioctl, fd, request, arg);
	if (request == KVM_RUN && ret < 0)
		after_run();
	return ret;
}
