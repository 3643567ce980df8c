// SPDX-License-Identifier: GPL-2.0-only
/*
 * What arming costs, by who serves it: lines "VCPUS,WHAT,ARMS,NS,EXITS".
 *
 *	run [VCPUS]
 *
 * With 1, 2, 4, ... VCPUS.  NS is guest time from the first arm to the last of all
 * vCPUs, EXITS is KVM's own count.  In the lab time is instructions of the host,
 * guest, KVM and VMM together, on its one CPU.  Made of the rule tests' library,
 * which can also be the VMM of libkvmdeadline.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../tests/rules/payload/user.h"

#define MSR_X2APIC_ID	0x802
#define ARMS		2000
/* Never due meanwhile, and near as most are: libkvmdeadline has a way for those. */
#define AHEAD_US	800000ull

/* One vCPU's: a pvclock page is 32 bytes and must not cross a page. */
struct lane {
	struct pvclock clock;
	u64 first_tsc, last_tsc;
	u64 exits;
} __attribute__((aligned(64)));

static struct lane lane[VCPUS_MAX];
static pthread_barrier_t start;

static void step_cpuid(u64 i)
{
	u32 leaf = 0, ignored = 0;

	(void)i;
	asm volatile("cpuid" : "+a" (leaf), "+c" (ignored) : : "ebx", "edx");
}

static void step_out(u64 i)
{
	(void)i;
	guest_event(EVENT_SYNC);
}

static void step_arm(u64 i)
{
	wrmsr(guest.msr, i);
}

static const struct way {
	const char *name;
	void (*step)(u64 i);
	u32 msr;
	bool user;
} ways[] = {
	{ "an exit to KVM", step_cpuid, 0, false },
	{ "an exit to the VMM", step_out, 0, false },
	{ "TSC deadline", step_arm, MSR_IA32_TSC_DEADLINE, false },
	{ "MSR in the kernel", step_arm, MSR_KVM_DEADLINE, false },
	{ "MSR in the library", step_arm, MSR_KVM_DEADLINE, true },
};

static const struct way *way;

static void guest_steps(void)
{
	struct lane *mine = &lane[rdmsr(MSR_X2APIC_ID)];
	u64 from, i;

	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&mine->clock | 1);
	guest_event(EVENT_SYNC);
	mine->first_tsc = read_tsc();
	from = mine->first_tsc + AHEAD_US * guest.tsc_khz / 1000;
	if (way->msr == MSR_KVM_DEADLINE)
		from = mine->clock.system_time + AHEAD_US * 1000;
	for (i = 0; i < ARMS; i++)
		way->step(from + i);
	mine->last_tsc = read_tsc();
}

static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;
	u64 exits;

	vcpu_run_to(vcpu, EVENT_SYNC);
	pthread_barrier_wait(&start);
	exits = vcpu_stat(vcpu, "exits");
	while (vcpu_run(vcpu) != EVENT_DONE)
		;
	/* The last one says that it is done. */
	lane[vcpu->id].exits = vcpu_stat(vcpu, "exits") - exits - 1;
	return NULL;
}

static void start_vcpu(struct vm *vm)
{
	struct vcpu *vcpu = vcpu_with(vm, way->msr == MSR_KVM_DEADLINE ?
				      CPUID_BOTH : CPUID_TSC_DEADLINE, guest_steps);

	errno = pthread_create(&vcpu->thread, NULL, run_vcpu, vcpu);
	if (errno)
		die("pthread_create");
}

static void report(int vcpus)
{
	u64 first = UINT64_MAX, last = 0, exits = 0;
	int i;

	for (i = 0; i < vcpus; i++) {
		if (lane[i].first_tsc < first)
			first = lane[i].first_tsc;
		if (lane[i].last_tsc > last)
			last = lane[i].last_tsc;
		exits += lane[i].exits;
	}
	printf("%d,%s,%d,%llu,%llu\n", vcpus, way->name, vcpus * ARMS,
	       (unsigned long long)((last - first) * 1000 / (guest.tsc_khz / 1000)),
	       (unsigned long long)exits);
}

static void measure(int vcpus)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	int i;

	pthread_barrier_init(&start, NULL, vcpus);
	for (i = 0; i < vcpus; i++)
		start_vcpu(vm);
	for (i = 0; i < vcpus; i++)
		vcpu_join(&vm->vcpu[i]);
	report(vcpus);
	vm_free(vm);
}

static bool can_be_had(void)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	int offered = vm_check_extension(vm, KVM_CAP_X86_DEADLINE);
	const char *lacking = way->user ? user_lacking(vm) : NULL;

	vm_free(vm);
	if (way->msr == MSR_KVM_DEADLINE && !way->user)
		return offered & KVM_CAP_X86_DEADLINE_MSR;
	return !lacking;
}

int main(int argc, char **argv)
{
	int vcpus, most = argc > 1 ? atoi(argv[1]) : VCPUS_MAX;
	unsigned int i;

	if (most < 1 || most > VCPUS_MAX) {
		fprintf(stderr, "usage: run [1..%d]\n", VCPUS_MAX);
		return EXIT_FAILURE;
	}
	for (vcpus = 1; vcpus <= most; vcpus *= 2) {
		for (i = 0; i < ARRAY_SIZE(ways); i++) {
			way = &ways[i];
			user_backend = way->user;
			guest.msr = way->msr;
			if (can_be_had())
				measure(vcpus);
		}
	}
	return EXIT_SUCCESS;
}
