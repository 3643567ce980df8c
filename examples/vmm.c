// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The smallest VMM with libkvmdeadline: a guest arms a timer, is saved into a
 * file, goes on in another process or on another host, and the timer fires.
 *
 *	vmm save FILE		run until the guest has armed, then save it
 *	vmm restore FILE	go on from there until the timer has fired
 *
 * What a VMM has to do for the library is marked with [1] to [7].
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libkvmdeadline.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define MEMORY_BYTES		0x10000
#define CODE			0x1000		/* where the guest begins */
#define CPUID_ENTRIES		256
#define PORT			0x10		/* the guest writes an event to it */
enum { ARMED = 'A', FIRED = 'F' };

#define MSR_IA32_TSC		0x10
#define MSR_IA32_TSC_DEADLINE	0x6e0
#define MSR_KVM_CLOCK		0x4b564d01	/* MSR_KVM_SYSTEM_TIME_NEW */

static char memory[MEMORY_BYTES] __attribute__((aligned(4096)));

struct vm {
	int kvm, fd, vcpu;
	struct kvm_run *run;
	struct kvmdl_vcpu timer;
	char until;		/* which event of the guest's ends a run */
};

struct saved {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_clock_data clock;
	uint64_t tsc, kvmclock_msr;
	struct kvmdl_state timer;
	char memory[MEMORY_BYTES];
};

/* The library's way: a negative errno. */
static int check(int ret, const char *what)
{
	if (ret < 0)
		errx(1, "%s: %s", what, strerror(-ret));
	return ret;
}

static int call(int fd, unsigned long request, const char *name, void *argument)
{
	int ret = ioctl(fd, request, argument);

	return check(ret < 0 ? -errno : ret, name);
}

#define CALL(fd, request, argument) call(fd, request, #request, argument)

static uint64_t msr(struct vm *vm, unsigned long request, uint32_t index, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = { .index = index, .data = value } };

	if (call(vm->vcpu, request, "MSR", &msrs) != 1)
		errx(1, "KVM refuses MSR %#x", index);
	return msrs.entry.data;
}

/* [2] the arms are exact if the library can look at the guest's clock page. */
static bool read_memory(void *opaque, uint64_t guest_physical, void *to, size_t bytes)
{
	(void)opaque;
	if (guest_physical > MEMORY_BYTES || bytes > MEMORY_BYTES - guest_physical)
		return false;
	memcpy(to, memory + guest_physical, bytes);
	return true;
}

/* [1] who serves the MSR here?  A stock KVM has to send its accesses to us. */
static enum kvmdl_backend prepare(struct vm *vm)
{
	struct kvm_enable_cap exits = { .cap = KVM_CAP_X86_USER_SPACE_MSR };
	struct kvm_msr_filter filter = { 0 };	/* a VMM's own ranges, if any */
	uint64_t reasons = 0;			/* and its own reasons */
	const char *reason;
	enum kvmdl_backend backend = kvmdl_probe(vm->fd, &reason);

	printf("backend %s: %s\n", backend == KVMDL_KERNEL ? "kernel" :
	       backend == KVMDL_USER ? "user" : "none", reason);
	if (backend != KVMDL_USER)
		return backend;
	check(kvmdl_filter_merge(&filter, &reasons), "kvmdl_filter_merge");
	exits.args[0] = reasons;
	CALL(vm->fd, KVM_ENABLE_CAP, &exits);
	CALL(vm->fd, KVM_X86_SET_MSR_FILTER, &filter);
	return backend;
}

/* [3] show the guest the MSR, and tell the library that it is shown. */
static void set_cpuid(struct vm *vm)
{
	static uint64_t space[5 * CPUID_ENTRIES + 1];	/* an entry is 40 bytes */
	struct kvm_cpuid2 *cpuid = (struct kvm_cpuid2 *)space;
	unsigned int i;

	cpuid->nent = CPUID_ENTRIES;
	CALL(vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	for (i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == 1)
			cpuid->entries[i].ecx |= 1u << 24;	/* TSC_DEADLINE */
	check(kvmdl_cpuid_offer(cpuid), "kvmdl_cpuid_offer");
	CALL(vm->vcpu, KVM_SET_CPUID2, cpuid);
	check(kvmdl_set_cpuid(&vm->timer, cpuid), "kvmdl_set_cpuid");
}

static void create(struct vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = MEMORY_BYTES, .userspace_addr = (uint64_t)memory,
	};
	enum kvmdl_backend backend;
	int bytes;

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		err(1, "/dev/kvm");
	vm->fd = CALL(vm->kvm, KVM_CREATE_VM, NULL);
	CALL(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
	CALL(vm->fd, KVM_CREATE_IRQCHIP, NULL);
	backend = prepare(vm);

	vm->vcpu = CALL(vm->fd, KVM_CREATE_VCPU, NULL);
	bytes = CALL(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	vm->run = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		err(1, "mmap of kvm_run");
	check(kvmdl_vcpu_init(&vm->timer, sizeof(vm->timer), backend, vm->fd, vm->vcpu,
			      vm->run, read_memory, NULL), "kvmdl_vcpu_init");
	set_cpuid(vm);
}

static void boot(struct vm *vm)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	memcpy(memory + CODE, guest, guest_end - guest);
	CALL(vm->vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	CALL(vm->vcpu, KVM_SET_SREGS, &sregs);
	CALL(vm->vcpu, KVM_SET_REGS, &regs);
}

static void on_alarm(int signal)
{
	(void)signal;
}

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ ## what)
/* @left more of them follow, then one that kills and one that allows. */
#define ALLOW(request, left) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, request, (left) + 1, 0)

/* [4] the library's ioctls in the vCPU's thread, beside the VMM's own KVM_RUN. */
static void limit_ioctls(void)
{
	static struct sock_filter filter[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 7),
		LOAD(args[1]),
		ALLOW(KVM_GET_MSRS, 4),
		ALLOW(KVM_SET_MSRS, 3),
		ALLOW(KVM_GET_TSC_KHZ, 2),
		ALLOW(KVM_GET_CLOCK, 1),
		ALLOW(KVM_RUN, 0),
		RETURN(KILL_PROCESS),
		RETURN(ALLOW),
	};
	struct sock_fprog program = {
		.len = ARRAY_SIZE(filter), .filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		err(1, "seccomp");
}

/* [5] around each KVM_RUN; and no longer in it than the library says. */
static void *run_vcpu(void *opaque)
{
	struct vm *vm = opaque;

	limit_ioctls();
	for (;;) {
		check(kvmdl_before_run(&vm->timer), "kvmdl_before_run");
		alarm((kvmdl_next_check_ns(&vm->timer) + 999999999) / 1000000000);
		if (ioctl(vm->vcpu, KVM_RUN, NULL) < 0) {
			if (errno != EINTR)
				err(1, "KVM_RUN");
			continue;
		}
		if (check(kvmdl_handle_exit(&vm->timer), "kvmdl_handle_exit"))
			continue;
		if (vm->run->exit_reason != KVM_EXIT_IO || vm->run->io.port != PORT ||
		    ((char *)vm->run)[vm->run->io.data_offset] != vm->until)
			errx(1, "KVM_RUN ended for reason %u", vm->run->exit_reason);
		return NULL;
	}
}

/* The alarm has to come to the thread that is in KVM_RUN. */
static void run_to(struct vm *vm, char event)
{
	sigset_t alarms;
	pthread_t thread;

	vm->until = event;
	errno = pthread_create(&thread, NULL, run_vcpu, vm);
	if (errno)
		err(1, "pthread_create");
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarms, NULL);
	pthread_join(thread, NULL);
}

/* [6] the library's state stands for both deadline MSRs. */
static void save(struct vm *vm, struct saved *to)
{
	/* KVM finishes the port write. */
	vm->run->immediate_exit = 1;
	if (ioctl(vm->vcpu, KVM_RUN, NULL) == 0 || errno != EINTR)
		errx(1, "KVM_RUN did not end at once");
	check(kvmdl_get(&vm->timer, &to->timer, sizeof(to->timer)), "kvmdl_get");
	to->tsc = msr(vm, KVM_GET_MSRS, MSR_IA32_TSC, 0);
	to->kvmclock_msr = msr(vm, KVM_GET_MSRS, MSR_KVM_CLOCK, 0);
	CALL(vm->fd, KVM_GET_CLOCK, &to->clock);
	CALL(vm->vcpu, KVM_GET_REGS, &to->regs);
	CALL(vm->vcpu, KVM_GET_SREGS, &to->sregs);
	CALL(vm->vcpu, KVM_GET_LAPIC, &to->lapic);
	CALL(vm->vcpu, KVM_GET_VCPU_EVENTS, &to->events);
	memcpy(to->memory, memory, MEMORY_BYTES);
}

/* [7] in any order, as long as changes of the clock are reported afterwards. */
static void restore(struct vm *vm, struct saved *from)
{
	struct kvm_clock_data clock = { .clock = from->clock.clock };

	memcpy(memory, from->memory, MEMORY_BYTES);
	CALL(vm->vcpu, KVM_SET_REGS, &from->regs);
	CALL(vm->vcpu, KVM_SET_SREGS, &from->sregs);
	CALL(vm->vcpu, KVM_SET_LAPIC, &from->lapic);
	CALL(vm->vcpu, KVM_SET_VCPU_EVENTS, &from->events);
	msr(vm, KVM_SET_MSRS, MSR_IA32_TSC, from->tsc);
	msr(vm, KVM_SET_MSRS, MSR_KVM_CLOCK, from->kvmclock_msr);
	msr(vm, KVM_SET_MSRS, MSR_IA32_TSC_DEADLINE, from->timer.tsc_deadline);
	check(kvmdl_set(&vm->timer, from->timer.deadline_ns), "kvmdl_set");
	CALL(vm->fd, KVM_SET_CLOCK, &clock);
	kvmdl_changed(&vm->timer);
}

static void print(const char *what, uint64_t kvmclock_ns)
{
	printf("%s %.6f s\n", what, kvmclock_ns / 1e9);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_alarm };
	bool saves = argc == 3 && !strcmp(argv[1], "save");
	FILE *file = argc == 3 ? fopen(argv[2], saves ? "w" : "r") : NULL;
	struct kvm_clock_data now = { 0 };
	static struct saved saved;
	struct vm vm = { 0 };

	if (!file)
		err(2, "usage: vmm save|restore FILE");
	/* Without SA_RESTART: the alarm ends KVM_RUN. */
	sigaction(SIGALRM, &action, NULL);
	create(&vm);
	if (saves) {
		boot(&vm);
		run_to(&vm, ARMED);
		save(&vm, &saved);
		print("saved at ", saved.clock.clock);
		if (fwrite(&saved, sizeof(saved), 1, file) != 1 || fclose(file))
			err(1, "%s", argv[2]);
		return 0;
	}
	if (fread(&saved, sizeof(saved), 1, file) != 1)
		errx(1, "%s: no saved guest", argv[2]);
	restore(&vm, &saved);
	run_to(&vm, FIRED);
	CALL(vm.fd, KVM_GET_CLOCK, &now);
	print("armed for", saved.timer.deadline_ns);
	print("fired at ", now.clock);
	return now.clock < saved.timer.deadline_ns;
}
