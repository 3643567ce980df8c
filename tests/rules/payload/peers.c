// SPDX-License-Identifier: GPL-2.0-only
/*
 * R17: what stock KVM has of its own that keeps timers right across a move, for
 * docs/alternatives.rst: Hyper-V's synthetic timer, and TSC scaling.
 */
#include "rules.h"
#include "state.h"

#define HV_X64_MSR_STIMER0_CONFIG	0x400000b0
#define HV_X64_MSR_STIMER0_COUNT	0x400000b1
#define AUTO_ENABLE	(1u << 3)	/* by a count that is not 0 */
#define DIRECT_MODE	(1u << 12)	/* raise the vector of bits 4-11, send no message */
#define COUNT_NS	100
#define ARM_NS		2000000
#define FAR_NS		HOUR_NS
#define LONG_ARM_US	20000		/* longer than a move takes */

enum step { CLOCK, CONFIG, COUNT, STEPS };

static const enum step orders[][STEPS] = {
	{ CLOCK, CONFIG, COUNT }, { CLOCK, COUNT, CONFIG }, { CONFIG, CLOCK, COUNT },
	{ CONFIG, COUNT, CLOCK }, { COUNT, CLOCK, CONFIG }, { COUNT, CONFIG, CLOCK },
};

/* arg[0]: halt; arg[1]: the deadline */
static void guest_with_stimer(void)
{
	wrmsr(HV_X64_MSR_STIMER0_CONFIG, DIRECT_MODE | TIMER_VECTOR << 4 | AUTO_ENABLE);
	guest.arg[1] = kvmclock_ns() + ARM_NS;
	wrmsr(HV_X64_MSR_STIMER0_COUNT, guest.arg[1] / COUNT_NS + 1);
	guest_event(EVENT_SYNC);
	if (guest.arg[0])
		wait_halted(1);
	else
		wait_busy(1);
	/* A wrong clock is off by more; KVM's own is not always that of the guest's page. */
	G_EXPECT(kvmclock_ns() + ARM_NS / 10, >=, guest.arg[1]);
	expect_quiet(1000);
}

static void allow_stimer(struct vcpu *vcpu)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_HYPERV_SYNIC };

	VM_IOCTL(vcpu->fd, KVM_ENABLE_CAP, &cap);
}

static struct vcpu *armed(void)
{
	struct vcpu *vcpu = vcpu_new(vm_new(IRQCHIP_KERNEL));

	vcpu_set_cpuid(vcpu, CPUID_TSC_DEADLINE | CPUID_HYPERV_FIRST);
	allow_stimer(vcpu);
	guest.irqs = 0;
	vcpu_start(vcpu, guest_with_stimer);
	vcpu_run_to(vcpu, EVENT_SYNC);
	return vcpu;
}

static void try_order(const enum step *order, u64 clock_before_ns)
{
	struct vcpu *vcpu = armed();
	u64 config, count;
	struct state state;
	int i;

	state_save(vcpu, &state, state_usual_parts);
	config = vcpu_get_msr(vcpu, HV_X64_MSR_STIMER0_CONFIG);
	count = vcpu_get_msr(vcpu, HV_X64_MSR_STIMER0_COUNT);
	vm_free(vcpu->vm);
	vcpu = state_restore(&state, state_usual_order);
	allow_stimer(vcpu);
	vm_set_clock(vcpu->vm, clock_before_ns);
	for (i = 0; i < STEPS; i++) {
		if (order[i] == CLOCK)
			vm_set_clock(vcpu->vm, state.kvmclock_ns);
		else if (order[i] == CONFIG)
			vcpu_set_msr(vcpu, HV_X64_MSR_STIMER0_CONFIG, config);
		else
			vcpu_set_msr(vcpu, HV_X64_MSR_STIMER0_COUNT, count);
	}
	vcpu_run_to(vcpu, EVENT_DONE);
	vm_free(vcpu->vm);
}

/* A clock that is behind or ahead until it is set; on a running and a halted vCPU. */
RULE_TEST(R17_stimer_in_any_order, ANY_HOST)
{
	unsigned int i;

	if (!vm_check_extension(vm_new(IRQCHIP_KERNEL), KVM_CAP_HYPERV_SYNIC))
		skip("this KVM was built without Hyper-V's parts");
	guest.msr = MSR_IA32_TSC_DEADLINE;
	for (i = 0; i < 4 * ARRAY_SIZE(orders); i++) {
		guest.arg[0] = i % 2;
		try_order(orders[i / 4], i % 4 < 2 ? 0 : FAR_NS);
	}
}

static const enum state_step rate_first[STATE_STEPS] = {
	STATE_CPUID, STATE_SREGS, STATE_LAPIC, STATE_TSC_KHZ, STATE_TSC,
	STATE_CLOCK_MSR, STATE_CLOCK, STATE_TSC_DEADLINE, STATE_DEADLINE
};

static u64 ns_of(u64 ticks)
{
	return ticks * 1000000 / guest.tsc_khz;
}

/* Clock and TSC of the same moment, whatever the host does in between. */
static u64 read_both(u64 *tsc)
{
	struct pvclock clock = kvmclock(tsc);

	return pvclock_ns(&clock, *tsc);
}

/* The two part by the time that the move takes, so they are compared behind it. */
static void guest_with_scaled_tsc(void)
{
	u64 tsc, ns, tsc_begin, begin_ns, left_ns, permille;

	arm(LONG_ARM_US);
	guest_event(EVENT_SYNC);
	begin_ns = read_both(&tsc_begin);
	left_ns = guest.deadline > tsc_begin ? ns_of(guest.deadline - tsc_begin) : 0;
	wait_halted(1);
	ns = read_both(&tsc);
	permille = ns_of(tsc - tsc_begin) * 1000 / (ns - begin_ns);
	G_EXPECT(ns - begin_ns, >=, left_ns / 100 * 99);
	G_EXPECT(permille, >=, 990);
	G_EXPECT(permille, <=, 1010);
}

/* A guest of half this host's rate: unscaled, its timer would fire after half the time. */
RULE_TEST(R17_tsc_deadline_scaled, ANY_HOST)
{
	struct vcpu *vcpu = vcpu_new(vm_new(IRQCHIP_KERNEL));
	struct state state;
	u64 khz;

	if (!vm_check_extension(vcpu->vm, KVM_CAP_TSC_CONTROL))
		skip_hardware("this host cannot scale the TSC");
	guest.msr = MSR_IA32_TSC_DEADLINE;
	vcpu_set_cpuid(vcpu, CPUID_TSC_DEADLINE);
	khz = VM_IOCTL(vcpu->fd, KVM_GET_TSC_KHZ, NULL);
	VM_IOCTL(vcpu->fd, KVM_SET_TSC_KHZ, (void *)(khz / 2));
	vcpu_start(vcpu, guest_with_scaled_tsc);
	EXPECT(guest.tsc_khz, ==, khz / 2);
	vcpu_run_to(vcpu, EVENT_SYNC);
	state_save(vcpu, &state, state_usual_parts);
	vm_free(vcpu->vm);
	vcpu_run_to(state_restore(&state, rate_first), EVENT_DONE);
}
