// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSR_KVM_DEADLINE: the local APIC timer in absolute kvmclock nanoseconds.
 *
 * The guest computes kvmclock from its own pvclock page, and asserts in the
 * timer's interrupt that the deadline is reached.  No test bounds how late that
 * is; a timer that is lost makes the test hang.
 */
#include <asm/kvm_para.h>
#include <asm/pvclock-abi.h>
#include <linux/compiler.h>
#include <linux/kvm.h>
#include <string.h>

#include "apic.h"
#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

#define TIMER_VECTOR	0x20
#define MSEC		1000000ULL
#define HOUR		(3600 * 1000 * MSEC)
/* Armed, and never reached. */
#define TSC_FAR		(1ULL << 62)

static struct pvclock_vcpu_time_info pvti __aligned(32);

static u64 deadline;
static u64 irqs;

/* As in Documentation/virt/kvm/x86/msr.rst. */
static u64 kvmclock(void)
{
	u64 time, mul;
	u32 version;
	s64 delta;
	int shift;

	do {
		version = READ_ONCE(pvti.version);
		/* rdtsc() is fenced on both sides. */
		delta = rdtsc() - READ_ONCE(pvti.tsc_timestamp);
		time = READ_ONCE(pvti.system_time);
		mul = READ_ONCE(pvti.tsc_to_system_mul);
		shift = READ_ONCE(pvti.tsc_shift);
	} while (version & 1 || version != READ_ONCE(pvti.version));

	if (delta < 0)
		delta = 0;
	delta = shift < 0 ? delta >> -shift : delta << shift;
	/* (delta * mul) >> 32, in 64 bits. */
	return time + ((u64)delta >> 32) * mul + (((delta & 0xffffffff) * mul) >> 32);
}

static void guest_irq_handler(struct ex_regs *regs)
{
	GUEST_ASSERT(kvmclock() >= deadline);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), 0);
	WRITE_ONCE(irqs, irqs + 1);
	x2apic_write_reg(APIC_EOI, 0);
}

static void arm(u64 deadline_ns)
{
	deadline = deadline_ns;
	wrmsr(MSR_KVM_DEADLINE, deadline_ns);
}

static void wait_for_one_irq(void)
{
	u64 end;

	while (!READ_ONCE(irqs))
		cpu_relax();
	/* Another one would follow at once. */
	for (end = kvmclock() + MSEC; kvmclock() < end;)
		cpu_relax();
	GUEST_ASSERT_EQ(READ_ONCE(irqs), 1);
	WRITE_ONCE(irqs, 0);
}

static void guest_fires(void)
{
	arm(kvmclock() + MSEC);
	wait_for_one_irq();

	/* Long past. */
	arm(1);
	wait_for_one_irq();
}

static void guest_disarms(void)
{
	u64 before;

	arm(kvmclock() + HOUR);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), deadline);

	/* It may fire while it is disarmed, but not afterwards. */
	arm(kvmclock() + MSEC);
	wrmsr(MSR_KVM_DEADLINE, 0);
	before = READ_ONCE(irqs);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), 0);
	while (kvmclock() < deadline + MSEC)
		cpu_relax();
	GUEST_ASSERT_EQ(READ_ONCE(irqs), before);
	WRITE_ONCE(irqs, 0);
}

/* At most one of the two MSRs is armed. */
static void guest_excludes(void)
{
	arm(kvmclock() + HOUR);
	wrmsr(MSR_IA32_TSC_DEADLINE, 0);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), deadline);
	GUEST_ASSERT_EQ(rdmsr(MSR_IA32_TSC_DEADLINE), 0);

	wrmsr(MSR_IA32_TSC_DEADLINE, TSC_FAR);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), 0);
	GUEST_ASSERT_EQ(rdmsr(MSR_IA32_TSC_DEADLINE), TSC_FAR);

	arm(kvmclock() + HOUR);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), deadline);
	GUEST_ASSERT_EQ(rdmsr(MSR_IA32_TSC_DEADLINE), 0);
}

/* Leaving TSC deadline mode clears it; outside, writes are ignored. */
static void guest_leaves_mode(void)
{
	arm(kvmclock() + HOUR);
	x2apic_write_reg(APIC_LVTT, TIMER_VECTOR);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), 0);
	wrmsr(MSR_KVM_DEADLINE, 1);
	x2apic_write_reg(APIC_LVTT, APIC_LVT_TIMER_TSCDEADLINE | TIMER_VECTOR);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_DEADLINE), 0);
	GUEST_ASSERT_EQ(READ_ONCE(irqs), 0);
}

/* What is restored, in each order: Clock, Lapic, the vCPU's other State. */
static const char * const orders[] = { "CLS", "CSL", "LCS", "LSC", "SCL", "SLC" };

static void guest_code(u64 pvti_gpa)
{
	int i;

	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, pvti_gpa | KVM_MSR_ENABLED);
	x2apic_enable();
	x2apic_write_reg(APIC_LVTT, APIC_LVT_TIMER_TSCDEADLINE | TIMER_VECTOR);
	asm volatile("sti");

	guest_fires();
	guest_disarms();
	guest_excludes();
	guest_leaves_mode();

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		arm(kvmclock() + HOUR);
		GUEST_SYNC(i);
		/* Here the hour is almost over. */
		wait_for_one_irq();
	}
	GUEST_DONE();
}

/* Into a new VM, whose clock is a little before the deadline. */
static struct kvm_vcpu *move(struct kvm_vcpu *vcpu, const char *order)
{
	u64 deadline_ns = vcpu_get_msr(vcpu, MSR_KVM_DEADLINE);
	struct kvm_clock_data clock = { .clock = deadline_ns - MSEC };
	struct kvm_x86_state *state = vcpu_save_state(vcpu);
	struct kvm_lapic_state lapic;
	struct kvm_vm *vm = vcpu->vm;

	sync_global_from_guest(vm, deadline);
	TEST_ASSERT(deadline_ns == deadline, "%s: deadline lost when saved", order);
	TEST_ASSERT(!vcpu_get_msr(vcpu, MSR_IA32_TSC_DEADLINE), "both MSRs are armed");
	vcpu_ioctl(vcpu, KVM_GET_LAPIC, &lapic);
	kvm_vm_release(vm);

	vcpu = vm_recreate_with_one_vcpu(vm);
	vcpu_set_cpuid_feature(vcpu, X86_FEATURE_KVM_DEADLINE);
	for (; *order; order++) {
		switch (*order) {
		case 'C':
			vm_ioctl(vm, KVM_SET_CLOCK, &clock);
			break;
		case 'L':
			vcpu_ioctl(vcpu, KVM_SET_LAPIC, &lapic);
			break;
		case 'S':
			vcpu_load_state(vcpu, state);
			break;
		}
	}
	kvm_x86_state_cleanup(state);
	TEST_ASSERT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE) == deadline_ns,
		    "deadline lost when restored");
	return vcpu;
}

static void run(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	for (;;) {
		vcpu_run(vcpu);
		switch (get_ucall(vcpu, &uc)) {
		case UCALL_SYNC:
			vcpu = move(vcpu, orders[uc.args[1]]);
			break;
		case UCALL_DONE:
			return;
		case UCALL_ABORT:
			REPORT_GUEST_ASSERT(uc);
			break;
		default:
			TEST_FAIL("Unknown ucall %lu", uc.cmd);
		}
	}
}

static void guest_without_cpuid(void)
{
	u64 value;

	GUEST_ASSERT_EQ(rdmsr_safe(MSR_KVM_DEADLINE, &value), GP_VECTOR);
	GUEST_ASSERT_EQ(wrmsr_safe(MSR_KVM_DEADLINE, 1), GP_VECTOR);
	GUEST_DONE();
}

int main(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	vm = vm_create_with_one_vcpu(&vcpu, guest_without_cpuid);
	TEST_REQUIRE(vm_check_cap(vm, KVM_CAP_X86_DEADLINE));
	TEST_ASSERT(!kvm_cpu_has(X86_FEATURE_KVM_DEADLINE),
		    "the bit is in KVM_GET_SUPPORTED_CPUID");
	run(vcpu);
	kvm_vm_free(vm);

	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	vcpu_set_cpuid_feature(vcpu, X86_FEATURE_KVM_DEADLINE);
	vcpu_args_set(vcpu, 1, addr_gva2gpa(vm, (unsigned long)&pvti));
	vm_install_exception_handler(vm, TIMER_VECTOR, guest_irq_handler);
	run(vcpu);
	kvm_vm_free(vm);
}
