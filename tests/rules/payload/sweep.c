// SPDX-License-Identifier: GPL-2.0-only
/* R13: save at every moment around D, read in every order, lose nothing. */
#include <stdio.h>

#include "rules.h"
#include "state.h"

#define ARM_US		300
#define STEP_NS		10
#define WAYS		3	/* to wait: busy, halted, mostly with interrupts off */

static const enum state_part parts[6][STATE_PARTS] = {
	{ STATE_PART_LAPIC, STATE_PART_MSRS, STATE_PART_EVENTS },
	{ STATE_PART_LAPIC, STATE_PART_EVENTS, STATE_PART_MSRS },
	{ STATE_PART_MSRS, STATE_PART_LAPIC, STATE_PART_EVENTS },
	{ STATE_PART_MSRS, STATE_PART_EVENTS, STATE_PART_LAPIC },
	{ STATE_PART_EVENTS, STATE_PART_LAPIC, STATE_PART_MSRS },
	{ STATE_PART_EVENTS, STATE_PART_MSRS, STATE_PART_LAPIC },
};

/* Where the one timer was found. */
enum found { IN_D, IN_IRR, INJECTED, IN_HANDLER, DELIVERED, FOUNDS };

/* Interrupts are let in now and then, so the vector stays in the IRR a while. */
static void wait_a_little(void)
{
	int i;

	for (i = 0; i < 500; i++)
		relax();
	irq_on();
	for (i = 0; i < 20; i++)
		relax();
	irq_off();
}

/* arg[0]: way to wait, arg[1]: set once the vCPU has moved */
static void guest_is_saved(void)
{
	for (;;) {
		guest.irqs = 0;
		guest.arg[1] = 0;
		arm(ARM_US);
		guest_event(EVENT_SYNC);
		if (guest.arg[0] == 0)
			wait_busy(1);
		if (guest.arg[0] == 1)
			wait_halted(1);
		while (!guest.irqs || !guest.arg[1])
			wait_a_little();
		G_EXPECT(guest.irq_now, >=, guest.deadline);
		G_EXPECT(rdmsr(guest.msr), ==, 0);
		expect_quiet(50);
		G_EXPECT(guest.irqs, ==, 1);
	}
}

static enum found find(const struct state *state)
{
	bool irr = state_timer_irr(state), isr = state_timer_isr(state);
	bool injected = state->events.interrupt.injected;
	bool delivered = guest.irqs && !isr;

	/* R13: in exactly one of them. */
	EXPECT((state->deadline_ns != 0) + irr + isr + delivered, ==, 1);
	EXPECT(injected, <=, isr);
	EXPECT(state->tsc_deadline, ==, 0);
	if (state->deadline_ns) {
		EXPECT(state->deadline_ns, ==, guest.deadline);
		return IN_D;
	}
	if (irr)
		return IN_IRR;
	if (injected)
		return INJECTED;
	return isr ? IN_HANDLER : DELIVERED;
}

/* From EVENT_SYNC, where it has armed, into a fresh VM to the next EVENT_SYNC. */
static enum found save_at(struct vcpu **vcpu, s64 from_deadline_ns,
			  const enum state_part *part)
{
	s64 left = guest.deadline - vm_get_clock((*vcpu)->vm) + from_deadline_ns;
	struct state state;
	enum found found;

	EXPECT(vcpu_run_for(*vcpu, left > 0 ? left : 1), ==, EVENT_KICKED);
	state_save(*vcpu, &state, part);
	found = find(&state);
	vm_free((*vcpu)->vm);
	*vcpu = state_restore(&state, state_usual_order);
	guest.arg[1] = 1;
	vcpu_run_to(*vcpu, EVENT_SYNC);
	return found;
}

RULE_TEST(R13_saved_at_any_moment, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				      guest_is_saved);
	/* The same span of time, in finer steps. */
	int offsets = ROUNDS(250, 10000), step = STEP_NS * 10000 / offsets;
	unsigned int count[FOUNDS] = { 0 };
	int i;

	guest.arg[0] = 0;
	vcpu_run_to(vcpu, EVENT_SYNC);
	for (i = 0; i < offsets; i++) {
		/* The guest goes by it as soon as it has armed. */
		guest.arg[0] = i % WAYS;
		count[save_at(&vcpu, (s64)step * (i - offsets / 2),
			      parts[i / WAYS % ARRAY_SIZE(parts)])]++;
	}
	printf("# %d moments of saving, %d ns apart: still armed %u, in the IRR %u\n",
	       offsets, step, count[IN_D], count[IN_IRR]);
	printf("# being injected %u, in the handler %u, delivered %u\n",
	       count[INJECTED], count[IN_HANDLER], count[DELIVERED]);
	EXPECT(count[IN_D], >, 0);
	EXPECT(count[IN_IRR], >, 0);
	EXPECT(count[DELIVERED], >, 0);
}
