// SPDX-License-Identifier: GPL-2.0-only
/*
 * R16: what serves the TSC deadline on this host serves MSR_KVM_DEADLINE, too.
 *
 * Kernel probes count what KVM does: each test runs the same guest with either
 * MSR and compares.  Where the host has the VMX preemption timer it is also said
 * what must have served it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "rules.h"

#define TRACING		"/sys/kernel/tracing"
#define HV_TIMER	"/sys/module/kvm_intel/parameters/preemption_timer"
#define ARMS		50
#define ARM_US		2000
#define FAR_US		3600000000ull
/* The host has work of its own, which may outlast a timer or halt a busy vCPU. */
#define FEW		(ARMS / 10)

/*
 * A WRMSR that took the full exit, one that took either, an expiry of the
 * preemption timer, one of the host's timer.  The second and third are counted
 * by functions that the fastpath and the slow path both end in.
 */
static const struct probe {
	const char *name;
	const char *function;
} probes[] = {
	{ "full_wrmsr", "kvm_emulate_wrmsr" },
	{ "hv_expiry", "kvm_lapic_expired_hv_timer" },
	{ "sw_expiry", "apic_timer_fn" },
};

enum { FULL_WRMSR, HV_EXPIRY, SW_EXPIRY, PROBES };

struct counts {
	u64 of[PROBES];
};

static void probes_begin(void)
{
	char text[128];
	unsigned int i;

	/* Left by a test that failed. */
	if (!access(TRACING "/events/rules", F_OK)) {
		write_file(TRACING "/events/rules/enable", "0", 0);
		write_file(TRACING "/kprobe_events", "-:rules/", O_APPEND);
	}
	for (i = 0; i < PROBES; i++) {
		snprintf(text, sizeof(text), "p:rules/%s kvm:%s",
			 probes[i].name, probes[i].function);
		write_file(TRACING "/kprobe_events", text, O_APPEND);
	}
	write_file(TRACING "/events/rules/enable", "1", 0);
}

static struct counts probes_read(void)
{
	FILE *file = fopen(TRACING "/kprobe_profile", "r");
	unsigned long long hits;
	struct counts counts;
	char name[64];
	int i, found = 0;

	if (!file)
		die(TRACING "/kprobe_profile");
	while (fscanf(file, "%63s %llu %*u", name, &hits) == 2)
		for (i = 0; i < PROBES; i++)
			if (!strcmp(name, probes[i].name)) {
				counts.of[i] = hits;
				found++;
			}
	fclose(file);
	EXPECT(found, ==, PROBES);
	return counts;
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

/* What the host did for one guest, without its start and its end. */
static struct counts count(u32 msr, u64 us, bool halted)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_rounds);
	struct counts before, after;
	int i;

	guest.msr = msr;
	guest.irqs = 0;
	guest.arg[0] = us;
	guest.arg[1] = halted;
	vcpu_run_to(vcpu, EVENT_SYNC);
	before = probes_read();
	vcpu_run_to(vcpu, EVENT_SYNC);
	after = probes_read();
	vcpu_run_to(vcpu, EVENT_DONE);
	vm_free(vm);
	for (i = 0; i < PROBES; i++) {
		after.of[i] -= before.of[i];
		printf("# %s: %d arms, %llu of %s\n", msr == MSR_KVM_DEADLINE ?
		       "MSR_KVM_DEADLINE" : "TSC deadline", ARMS,
		       (unsigned long long)after.of[i], probes[i].name);
	}
	return after;
}

static void expect_about(u64 seen, u64 wanted)
{
	EXPECT(seen + FEW, >=, wanted);
	EXPECT(seen, <=, wanted + FEW);
}

/* Both MSRs; returns what our own was served by. */
static struct counts compare(u64 us, bool halted)
{
	struct counts tsc, ours;
	int i;

	probes_begin();
	tsc = count(MSR_IA32_TSC_DEADLINE, us, halted);
	ours = count(MSR_KVM_DEADLINE, us, halted);
	for (i = 0; i < PROBES; i++)
		expect_about(ours.of[i], tsc.of[i]);
	return ours;
}

RULE_TEST(R16_busy_guest_as_the_tsc_deadline, DEADLINE_MSR)
{
	struct counts ours = compare(ARM_US, false);

	/* One expiry for each timer, of the one kind or of the other. */
	expect_about(ours.of[HV_EXPIRY], is_yes(HV_TIMER) ? ARMS : 0);
	expect_about(ours.of[SW_EXPIRY], is_yes(HV_TIMER) ? 0 : ARMS);
}

RULE_TEST(R16_halted_guest_as_the_tsc_deadline, DEADLINE_MSR)
{
	struct counts ours = compare(ARM_US, true);

	expect_about(ours.of[HV_EXPIRY], 0);
	expect_about(ours.of[SW_EXPIRY], ARMS);
}

RULE_TEST(R16_fastpath_as_the_tsc_deadline, DEADLINE_MSR)
{
	struct counts ours = compare(FAR_US, false);

	/* KVM's fastpath wants the preemption timer. */
	expect_about(ours.of[FULL_WRMSR], is_yes(HV_TIMER) ? 0 : ARMS);
}

static void guest_scaled(void)
{
	int round;

	for (round = 1; round <= ARMS; round++) {
		arm(next_random() % 500);
		if (round % 2)
			wait_halted(round);
		else
			wait_busy(round);
		G_EXPECT(guest.irq_now, >=, guest.deadline);
	}
	expect_quiet(1000);
}

static void scaled(unsigned int num, unsigned int den)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_new(vm);
	u64 khz;

	if (!vm_check_extension(vm, KVM_CAP_TSC_CONTROL))
		skip_hardware("this host cannot scale the TSC");
	vcpu_set_cpuid(vcpu, CPUID_BOTH);
	khz = VM_IOCTL(vcpu->fd, KVM_GET_TSC_KHZ, NULL);
	VM_IOCTL(vcpu->fd, KVM_SET_TSC_KHZ, (void *)(khz * num / den));
	vcpu_start(vcpu, guest_scaled);
	EXPECT(guest.tsc_khz, ==, khz * num / den);
	vcpu_run_to(vcpu, EVENT_DONE);
}

RULE_TEST(R16_tsc_scaled_by_half_never_early, DEADLINE_MSR)
{
	scaled(1, 2);
}

RULE_TEST(R16_tsc_scaled_by_two_never_early, DEADLINE_MSR)
{
	scaled(2, 1);
}

static void guest_writes_far(void)
{
	wrmsr(MSR_KVM_DEADLINE, guest.arg[0]);
}

/* Short of the full exit a VMM that filters the MSR would not see the write. */
RULE_TEST(R16_fastpath_heeds_the_filter, DEADLINE_MSR)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_writes_far);
	u8 denied = 0;
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR,
		.args = { KVM_MSR_EXIT_REASON_FILTER },
	};
	struct kvm_msr_filter filter = {
		.flags = KVM_MSR_FILTER_DEFAULT_ALLOW,
		.ranges[0] = {
			.flags = KVM_MSR_FILTER_WRITE,
			.base = MSR_KVM_DEADLINE,
			.nmsrs = 1,
			.bitmap = &denied,
		},
	};

	VM_IOCTL(vm->fd, KVM_ENABLE_CAP, &cap);
	VM_IOCTL(vm->fd, KVM_X86_SET_MSR_FILTER, &filter);
	guest.arg[0] = HOUR_NS;
	vcpu_run_to(vcpu, EVENT_WRMSR);
	EXPECT(vcpu->run->msr.index, ==, MSR_KVM_DEADLINE);
	EXPECT(vcpu->run->msr.data, ==, HOUR_NS);
	vcpu_run_to(vcpu, EVENT_DONE);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, 0);
}
