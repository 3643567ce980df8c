// SPDX-License-Identifier: GPL-2.0-only
/* State out of one VM, in any order into another. */
#include <string.h>

#include "state.h"

const enum state_step state_usual_order[STATE_STEPS] = {
	STATE_CPUID, STATE_SREGS, STATE_LAPIC, STATE_TSC, STATE_TSC_KHZ,
	STATE_CLOCK_MSR, STATE_CLOCK, STATE_TSC_DEADLINE, STATE_DEADLINE
};

const enum state_part state_usual_parts[STATE_PARTS] = {
	STATE_PART_MSRS, STATE_PART_LAPIC, STATE_PART_EVENTS
};

static bool has_our_msr(struct vcpu *vcpu)
{
	return user_backend ||
	       vm_check_extension(vcpu->vm, KVM_CAP_X86_DEADLINE) &
	       KVM_CAP_X86_DEADLINE_MSR;
}

static void save_msrs(struct vcpu *vcpu, struct state *state)
{
	state->tsc = vcpu_get_msr(vcpu, MSR_IA32_TSC);
	state->clock_msr = vcpu_get_msr(vcpu, MSR_KVM_SYSTEM_TIME_NEW);
	state->tsc_deadline = vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE);
	state->deadline_ns = has_our_msr(vcpu) ?
			     vcpu_get_msr(vcpu, MSR_KVM_DEADLINE) : 0;
}

static void save_part(struct vcpu *vcpu, struct state *state,
		      enum state_part part)
{
	switch (part) {
	case STATE_PART_LAPIC:
		VM_IOCTL(vcpu->fd, KVM_GET_LAPIC, &state->lapic);
		break;
	case STATE_PART_MSRS:
		save_msrs(vcpu, state);
		break;
	case STATE_PART_EVENTS:
		VM_IOCTL(vcpu->fd, KVM_GET_VCPU_EVENTS, &state->events);
		break;
	case STATE_PARTS:
		break;
	}
}

void state_save(struct vcpu *vcpu, struct state *state,
		const enum state_part *parts)
{
	int i;

	/* KVM completes the port write that stopped the guest. */
	vcpu_run_immediate_exit(vcpu);
	state->kvmclock_ns = vm_get_clock(vcpu->vm);
	for (i = 0; i < STATE_PARTS; i++)
		save_part(vcpu, state, parts[i]);
	VM_IOCTL(vcpu->fd, KVM_GET_MP_STATE, &state->mp_state);
	VM_IOCTL(vcpu->fd, KVM_GET_REGS, &state->regs);
	VM_IOCTL(vcpu->fd, KVM_GET_SREGS, &state->sregs);
}

static void restore_step(struct vcpu *vcpu, struct state *state,
			 enum state_step step)
{
	switch (step) {
	case STATE_CPUID:
		vcpu_set_cpuid(vcpu, guest.msr == MSR_KVM_DEADLINE ?
			       CPUID_BOTH : CPUID_TSC_DEADLINE);
		break;
	case STATE_SREGS:
		VM_IOCTL(vcpu->fd, KVM_SET_SREGS, &state->sregs);
		break;
	case STATE_LAPIC:
		VM_IOCTL(vcpu->fd, KVM_SET_LAPIC, &state->lapic);
		break;
	case STATE_TSC:
		vcpu_set_msr(vcpu, MSR_IA32_TSC, state->tsc);
		break;
	case STATE_TSC_KHZ:
		VM_IOCTL(vcpu->fd, KVM_SET_TSC_KHZ, (void *)(long)guest.tsc_khz);
		break;
	case STATE_CLOCK_MSR:
		vcpu_set_msr(vcpu, MSR_KVM_SYSTEM_TIME_NEW, state->clock_msr);
		break;
	case STATE_CLOCK:
		vm_set_clock(vcpu->vm, state->kvmclock_ns);
		break;
	case STATE_TSC_DEADLINE:
		vcpu_set_msr(vcpu, MSR_IA32_TSC_DEADLINE, state->tsc_deadline);
		break;
	case STATE_DEADLINE:
		if (has_our_msr(vcpu))
			vcpu_set_msr(vcpu, MSR_KVM_DEADLINE, state->deadline_ns);
		break;
	case STATE_STEPS:
		break;
	}
}

struct vcpu *state_restore(struct state *state, const enum state_step *order)
{
	struct vcpu *vcpu = vcpu_new(vm_new(IRQCHIP_KERNEL));
	int i;

	for (i = 0; i < STATE_STEPS; i++)
		restore_step(vcpu, state, order[i]);
	VM_IOCTL(vcpu->fd, KVM_SET_REGS, &state->regs);
	VM_IOCTL(vcpu->fd, KVM_SET_VCPU_EVENTS, &state->events);
	VM_IOCTL(vcpu->fd, KVM_SET_MP_STATE, &state->mp_state);
	return vcpu;
}

struct vcpu *state_move(struct vcpu *vcpu, const enum state_step *order)
{
	struct state state;

	state_save(vcpu, &state, state_usual_parts);
	vm_free(vcpu->vm);
	vcpu = state_restore(&state, order);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, state.deadline_ns);
	EXPECT(vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), ==, state.tsc_deadline);
	return vcpu;
}

static bool timer_bit(const struct state *state, int offset)
{
	u32 word;

	/* 256 bits, 32 of them in every 16 bytes. */
	memcpy(&word, state->lapic.regs + offset + TIMER_VECTOR / 32 * 16,
	       sizeof(word));
	return word & TIMER_BIT;
}

bool state_timer_irr(const struct state *state)
{
	return timer_bit(state, 0x200);
}

bool state_timer_isr(const struct state *state)
{
	return timer_bit(state, 0x100);
}
