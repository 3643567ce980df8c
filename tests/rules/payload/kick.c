// SPDX-License-Identifier: GPL-2.0-only
/* Leaving KVM_RUN at a chosen moment. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "vm.h"

#define SECOND_NS	1000000000ull

static void interrupted(int signal)
{
	(void)signal;
}

/* Without SA_RESTART: KVM_RUN is to fail with EINTR. */
static void catch_kicks(void)
{
	struct sigaction action = { .sa_handler = interrupted };

	if (sigaction(SIGUSR1, &action, NULL))
		die("sigaction");
}

void vcpu_kick(struct vcpu *vcpu)
{
	catch_kicks();
	errno = pthread_kill(vcpu->thread, SIGUSR1);
	if (errno)
		die("pthread_kill");
}

static timer_t kick_timer(void)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
	};
	static timer_t timer;
	static bool created;

	if (created)
		return timer;
	catch_kicks();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		die("timer_create");
	created = true;
	return timer;
}

static struct timespec timespec_of(u64 ns)
{
	return (struct timespec){ ns / SECOND_NS, ns % SECOND_NS };
}

/* Again and again: the first may come before KVM_RUN has begun. */
enum event vcpu_run_for(struct vcpu *vcpu, u64 ns)
{
	struct itimerspec spec = {
		.it_value = timespec_of(ns ? ns : 1),
		.it_interval = timespec_of(KICK_INTERVAL_NS),
	};
	enum event event;

	if (timer_settime(kick_timer(), 0, &spec, NULL))
		die("timer_settime");
	event = vcpu_run(vcpu);
	spec = (struct itimerspec){ 0 };
	if (timer_settime(kick_timer(), 0, &spec, NULL))
		die("timer_settime");
	return event;
}

/* Kicks at most without a step of the guest: as many tries to enter it. */
#define TRIES		1000

/* In the guest's code, or in KVM: what it takes to tell a lost timer from a loop. */
static void print_stuck(struct vcpu *vcpu)
{
	struct kvm_mp_state mp_state;
	struct kvm_lapic_state lapic;
	struct kvm_regs regs;
	unsigned int i;

	VM_IOCTL(vcpu->fd, KVM_GET_LAPIC, &lapic);
	printf("# APIC registers that are not 0:");
	for (i = 0; i < sizeof(lapic.regs); i += 16)
		if (*(u32 *)(lapic.regs + i))
			printf(" %#x=%#x", i, *(u32 *)(lapic.regs + i));
	printf("\n# APIC base %#llx\n",
	       (unsigned long long)vcpu_get_msr(vcpu, MSR_IA32_APICBASE));
	VM_IOCTL(vcpu->fd, KVM_GET_MP_STATE, &mp_state);
	VM_IOCTL(vcpu->fd, KVM_GET_REGS, &regs);
	printf("# step %#llx, interrupts %#llx, rip %#llx, mp_state %u\n",
	       (unsigned long long)guest.steps, (unsigned long long)guest.irqs,
	       (unsigned long long)regs.rip, mp_state.mp_state);
	printf("# TSC %#llx, kvmclock %#llx\n",
	       (unsigned long long)vcpu_get_msr(vcpu, MSR_IA32_TSC),
	       (unsigned long long)vm_get_clock(vcpu->vm));
	printf("# it wrote %#llx, KVM has %#llx and TSC deadline %#llx\n",
	       (unsigned long long)guest.deadline,
	       (unsigned long long)vcpu_get_msr(vcpu, MSR_KVM_DEADLINE),
	       (unsigned long long)vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE));
}

/*
 * A guest that is kept out by KVM does not get to the next event, however often
 * it is tried, and does no step on the way there.
 */
void vcpu_run_entered(struct vcpu *vcpu, enum event event, void (*look)(void))
{
	u64 steps = guest.steps;
	unsigned int tries = 0;
	enum event found;

	while ((found = vcpu_run_for(vcpu, KICK_INTERVAL_NS)) == EVENT_KICKED) {
		if (guest.steps != steps)
			tries = 0;
		steps = guest.steps;
		if (++tries == TRIES)
			print_stuck(vcpu);
		EXPECT(tries, <, TRIES);
		if (look)
			look();
	}
	EXPECT(found, ==, event);
}
