// SPDX-License-Identifier: GPL-2.0-only
/*
 * R12: restore in distinct orders, on and on from VM to fresh VM.
 *
 * The same is done with the TSC deadline, whose losses are KVM's own: they are
 * counted, on a stock host as on ours, and must be the same orders on both.
 */
#include <stdio.h>

#include "rules.h"
#include "state.h"

#define MS		1000000ull	/* in ns */
#define ARM_US		2000
#define AGAIN_US	100
#define GIVE_UP_NS	(10 * MS)
#define TSC_START_S	3600
#define ALL_ORDERS	362880u		/* 9! */
/* Prime to 9!, so its multiples visit every order, far from the last one. */
#define STRIDE		224261u

enum outcome { RIGHT, EARLY, TWICE, LOST, OUTCOMES };

static const char *const outcome_name[OUTCOMES] = {
	"delivered once, in time", "fire early", "fire twice",
	"lose the timer",
};

static const char *const step_name[STATE_STEPS] = {
	"CPUID", "SREGS", "LAPIC", "TSC", "TSC_KHZ", "CLOCK_MSR", "CLOCK",
	"TSC_DEADLINE", "DEADLINE",
};

/* The number of an order in the factorial system is its order. */
static void order_of(unsigned int number, enum state_step *order)
{
	enum state_step left[STATE_STEPS];
	int i, take;

	for (i = 0; i < STATE_STEPS; i++)
		left[i] = i;
	for (i = STATE_STEPS; i > 0; i--) {
		take = number % i;
		number /= i;
		order[STATE_STEPS - i] = left[take];
		left[take] = left[i - 1];
	}
}

/* KVM refuses an x2APIC base before CPUID shows an x2APIC. */
static bool accepted_by_kvm(const enum state_step *order)
{
	int i = 0;

	while (order[i] != STATE_CPUID && order[i] != STATE_SREGS)
		i++;
	return order[i] == STATE_CPUID;
}

static unsigned int next_accepted(unsigned int number, enum state_step *order)
{
	do {
		number = (number + STRIDE) % ALL_ORDERS;
		order_of(number, order);
	} while (!accepted_by_kvm(order));
	return number;
}

static void spin_us(u64 us)
{
	u64 end = guest_now() + from_us(us);

	irq_on();
	while (guest_now() < end)
		relax();
	irq_off();
}

/*
 * One timer per round: arms at the first EVENT_SYNC, has waited for it at the
 * second.  arg[0]: halt meanwhile; arg[1]: the host gave it up; arg[2]: irqs
 */
static void guest_is_moved(void)
{
	for (;;) {
		wrmsr(guest.msr, 0);
		guest.irqs = 0;
		guest_event(EVENT_SYNC);
		guest.arg[1] = 0;
		arm(ARM_US);
		guest_event(EVENT_SYNC);
		while (!guest.irqs && !guest.arg[1]) {
			if (guest.arg[0])
				asm volatile("sti; hlt; cli" : : : "memory");
			irq_on();
			/* A cli next to the sti would let nothing in. */
			asm volatile("nop; nop" : : : "memory");
			irq_off();
		}
		guest_event(EVENT_SYNC);
		spin_us(AGAIN_US);
		guest.arg[2] = guest.irqs;
	}
}

static enum outcome outcome(void)
{
	if (guest.arg[1])
		return LOST;
	return guest.irq_now < guest.deadline ? EARLY : RIGHT;
}

/* To the end of the wait, or as long as a timer has any chance to come. */
static void wait_for_outcome(struct vcpu *vcpu)
{
	struct kvm_mp_state runnable = { KVM_MP_STATE_RUNNABLE };

	if (vcpu_run_for(vcpu, GIVE_UP_NS) == EVENT_SYNC)
		return;
	guest.arg[1] = 1;
	VM_IOCTL(vcpu->fd, KVM_SET_MP_STATE, &runnable);
	vcpu_run_to(vcpu, EVENT_SYNC);
}

/* Arm, move, wait; the vCPU ends where it began. */
static enum outcome try_order(struct vcpu **vcpu, bool halted,
			      const enum state_step *order)
{
	struct state state;
	enum outcome found;

	/* A guest of some age: the TSC of a fresh VM is nowhere near. */
	vcpu_set_msr(*vcpu, MSR_IA32_TSC, TSC_START_S * 1000ull * guest.tsc_khz);
	/* Without a master clock KVM publishes nothing for that, and K would jump. */
	vm_set_clock((*vcpu)->vm, vm_get_clock((*vcpu)->vm));
	guest.arg[0] = halted;
	vcpu_run_to(*vcpu, EVENT_SYNC);
	state_save(*vcpu, &state, state_usual_parts);
	vm_free((*vcpu)->vm);
	*vcpu = state_restore(&state, order);
	if (guest.msr == MSR_KVM_DEADLINE) {
		EXPECT(vcpu_get_msr(*vcpu, MSR_KVM_DEADLINE), ==, guest.deadline);
		EXPECT(vcpu_get_msr(*vcpu, MSR_IA32_TSC_DEADLINE), ==, 0);
	}
	wait_for_outcome(*vcpu);
	found = outcome();
	vcpu_run_to(*vcpu, EVENT_SYNC);
	return found != LOST && guest.arg[2] > 1 ? TWICE : found;
}

/* A vCPU at the first EVENT_SYNC. */
static struct vcpu *to_be_moved(void)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL),
				      guest.msr == MSR_KVM_DEADLINE ?
				      CPUID_BOTH : CPUID_TSC_DEADLINE,
				      guest_is_moved);

	vcpu_run_to(vcpu, EVENT_SYNC);
	return vcpu;
}

static int place(const enum state_step *order, enum state_step step)
{
	int i = 0;

	while (order[i] != step)
		i++;
	return i;
}

/*
 * KVM drops a TSC deadline while the timer mode is another, takes the mode from
 * the LVT only where CPUID allows it already, and does not look at a running
 * timer when the TSC changes.
 */
static bool kept_by_stock_kvm(const enum state_step *order)
{
	int deadline = place(order, STATE_TSC_DEADLINE);
	int lapic = place(order, STATE_LAPIC);

	return place(order, STATE_CPUID) < lapic && lapic < deadline &&
	       place(order, STATE_TSC) < deadline;
}

static void print_order(unsigned int number, enum outcome found)
{
	enum state_step order[STATE_STEPS];
	int i;

	printf("# order %u:", number);
	order_of(number, order);
	for (i = 0; i < STATE_STEPS; i++)
		printf(" %s", step_name[order[i]]);
	printf(": %s\n", outcome_name[found]);
}

static enum outcome expected(const enum state_step *order)
{
	return guest.msr == MSR_KVM_DEADLINE || kept_by_stock_kvm(order) ?
	       RIGHT : LOST;
}

static void try_orders(unsigned int orders, unsigned int count[OUTCOMES])
{
	unsigned int number = guest.seed % ALL_ORDERS, i;
	struct vcpu *vcpu = to_be_moved();
	enum state_step order[STATE_STEPS];
	enum outcome found;

	for (i = 0; i < 2 * orders; i++) {
		/* Each order twice: on a running and on a halted vCPU. */
		if (i % 2 == 0)
			number = next_accepted(number, order);
		found = try_order(&vcpu, i % 2, order);
		count[found]++;
		if (found != expected(order)) {
			print_order(number, found);
			EXPECT(found, ==, expected(order));
		}
		if (found == LOST) {
			/* Whatever broke must not be blamed on the next order. */
			vm_free(vcpu->vm);
			vcpu = to_be_moved();
		}
	}
	vm_free(vcpu->vm);
}

static void print_counts(const char *what, unsigned int orders,
			 const unsigned int count[OUTCOMES])
{
	printf("# %s: %u orders, each on a running and on a halted vCPU\n",
	       what, orders);
	printf("# %s: %u of %u lose the timer, %u fire early, %u fire twice\n",
	       what, count[LOST], 2 * orders, count[EARLY], count[TWICE]);
}

RULE_TEST(R12_any_order, DEADLINE_MSR)
{
	unsigned int orders = ROUNDS(150, 5000), count[OUTCOMES] = { 0 };

	try_orders(orders, count);
	print_counts("MSR_KVM_DEADLINE", orders, count);
}

/* How KVM itself fares, which is why R12 is as it is; the same on stock. */
RULE_TEST(R17_tsc_deadline_in_any_order, ANY_HOST)
{
	unsigned int orders = ROUNDS(150, 5000), count[OUTCOMES] = { 0 };

	guest.msr = MSR_IA32_TSC_DEADLINE;
	try_orders(orders, count);
	print_counts("MSR_IA32_TSC_DEADLINE", orders, count);
}
