// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does an interrupt of the host get through to a guest that spins with its own off?
 *
 *	spinner ENTRIES
 *
 * Enters the guest ENTRIES times while a virtual interrupt waits for it, each time
 * with a timer of the host that expires about then; a signal ends each stay.  Prints
 * every thousandth entry.  On an emulator that loses a timer interrupt there, the host
 * hears no other: nothing more is printed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#define STAY_US		150	/* some time in the guest, also where entering takes 100 us */
#define EXPIRY_NS	60000	/* at most; entering takes about as long */
#define STEP_NS		7919	/* a prime: the entries spread evenly over EXPIRY_NS */

static const unsigned char spin[] = {
	0xfa,			/*	cli */
	0xf3, 0x90,		/* 1:	pause */
	0xeb, 0xfc,		/*	jmp 1b */
};

static struct kvm_run *run;

static int checked(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static void *page(int fd, size_t size)
{
	int flags = fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		err(1, "mmap");
	return at;
}

/* A virtual CPU in real mode, at address 0. */
static int create_vcpu(void)
{
	int kvm = checked(open("/dev/kvm", O_RDWR), "/dev/kvm");
	int vm = checked(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	int vcpu = checked(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	void *code = memcpy(page(-1, 4096), spin, sizeof(spin));
	struct kvm_userspace_memory_region memory = {
		.memory_size = 4096,
		.userspace_addr = (unsigned long)code,
	};
	struct kvm_regs regs = { .rflags = 2 };	/* bit 1 is always set */
	struct kvm_sregs sregs;

	checked(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &memory), "KVM_SET_USER_MEMORY_REGION");
	checked(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	checked(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	checked(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	run = page(vcpu, checked(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE"));
	/* KVM asks the processor to tell when the guest takes interrupts: never. */
	run->request_interrupt_window = 1;
	return vcpu;
}

static void stop(int signal)
{
	(void)signal;
}

/* Periodic, as one signal may come before the guest is entered. */
static void stop_periodically(void)
{
	const struct itimerval period = { { 0, STAY_US }, { 0, STAY_US } };
	const struct sigaction action = { .sa_handler = stop };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &period, NULL);
}

int main(int argc, char **argv)
{
	long entries = argc == 2 ? atol(argv[1]) : 0, entry;
	int timer, vcpu;

	if (entries < 1)
		errx(1, "usage: spinner ENTRIES");
	timer = checked(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");
	vcpu = create_vcpu();
	stop_periodically();
	for (entry = 1; entry <= entries; entry++) {
		const struct itimerspec expiry = {
			.it_value.tv_nsec = 1 + entry * STEP_NS % EXPIRY_NS,
		};

		timerfd_settime(timer, 0, &expiry, NULL);
		if (!ioctl(vcpu, KVM_RUN, 0))
			errx(1, "the guest ended: exit reason %u", run->exit_reason);
		if (errno != EINTR)
			err(1, "KVM_RUN");
		if (entry % 1000 == 0) {
			printf("%ld\n", entry);
			fflush(stdout);
		}
	}
	return 0;
}
