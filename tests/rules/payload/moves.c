// SPDX-License-Identifier: GPL-2.0-only
/* R14: the clock moves under an armed timer. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "rules.h"
#include "user.h"

#define MS			1000000ull	/* in ns */
#define HOUR_US			(HOUR_NS / 1000)

/* How the guest waits for its timer: asleep, or spinning with interrupts on. */
#define BUSY	guest.arg[3]

static void guest_wait(void)
{
	if (BUSY)
		wait_busy(1);
	else
		wait_halted(1);
	G_EXPECT(guest.irq_now, >=, guest.deadline);
	expect_quiet(1000);
}

static void guest_arm_and_wait(void)
{
	arm(guest.arg[0]);
	guest.ready = 1;
	guest_wait();
}

static void wait_until_it_waits(struct vcpu *vcpu)
{
	if (BUSY)
		vcpu_wait_ready(vcpu);
	else
		vcpu_wait_halted(vcpu);
}

/* A test of a guest that sleeps, and the same of one that spins. */
#define MOVE_TEST(name, move)						\
static void move_##name(void) { move; }					\
RULE_TEST(name##_halted, DEADLINE_MSR) { move_##name(); }		\
RULE_TEST(name##_busy, DEADLINE_MSR) { BUSY = true; move_##name(); }

/* The vCPU waits inside KVM_RUN, busy or halted, while the clock is set. */
static void move_clock(u64 arm_us, s64 by_ns)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_arm_and_wait);

	/* High enough to go down from. */
	vm_set_clock(vm, HOUR_NS);
	guest.arg[0] = arm_us;
	vcpu_run_in_thread(vcpu);
	wait_until_it_waits(vcpu);
	vm_set_clock(vm, vm_get_clock(vm) + by_ns);
	vcpu_join(vcpu);
}

MOVE_TEST(R14_clock_forward, move_clock(2 * HOUR_US, 3 * HOUR_NS))
/* Armed long enough ahead that the clock is set before it would fire. */
MOVE_TEST(R14_clock_back, move_clock(100 * 1000, -100 * (s64)MS))

static void guest_nothing(void)
{
}

static bool has_master_clock(struct vm *vm)
{
	struct kvm_clock_data data;

	VM_IOCTL(vm->fd, KVM_GET_CLOCK, &data);
	return data.flags & KVM_CLOCK_TSC_STABLE;
}

static u64 tsc_offset(struct vcpu *vcpu, unsigned long request, u64 offset)
{
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (u64)&offset,
	};

	VM_IOCTL(vcpu->fd, request, &attr);
	return offset;
}

/* KVM takes note of the TSC when the vCPU runs. */
static void set_tsc_offset(struct vcpu *vcpu, u64 offset)
{
	tsc_offset(vcpu, KVM_SET_DEVICE_ATTR, offset);
	vcpu_start(vcpu, guest_nothing);
	vcpu_run_to(vcpu, EVENT_DONE);
}

/* A VM has a master clock while all its vCPUs have the same TSC. */
static void change_master_clock(bool regain)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *first = vcpu_with(vm, CPUID_BOTH, guest_nothing);
	struct vcpu *second = vcpu_with(vm, CPUID_BOTH, guest_nothing);
	u64 other = tsc_offset(second, KVM_GET_DEVICE_ATTR, 0) + (1ull << 40);
	u64 moves;

	/* KVM compares with what was written last, so first comes last. */
	set_tsc_offset(second, tsc_offset(second, KVM_GET_DEVICE_ATTR, 0));
	set_tsc_offset(first, tsc_offset(first, KVM_GET_DEVICE_ATTR, 0));
	if (!has_master_clock(vm))
		skip_hardware("this host's TSC is not good enough for a master clock");
	if (regain)
		set_tsc_offset(first, other);
	EXPECT(has_master_clock(vm), ==, !regain);

	guest.arg[0] = 2 * HOUR_US;
	guest.ready = 0;
	trace_begin();
	vcpu_start(first, guest_arm_and_wait);
	vcpu_run_in_thread(first);
	wait_until_it_waits(first);
	moves = trace_count("clock_moved");
	set_tsc_offset(second, other);
	EXPECT(has_master_clock(vm), ==, regain);
	/* Now, and not when its timer goes off; it hangs where that is not so. */
	while (trace_count("clock_moved") == moves)
		usleep(1000);
	vm_set_clock(vm, guest.deadline);
	vcpu_join(first);
}

MOVE_TEST(R14_master_clock_lost, change_master_clock(false))
MOVE_TEST(R14_master_clock_regained, change_master_clock(true))

static void guest_arm_sync_wait(void)
{
	arm(guest.arg[0]);
	guest_event(EVENT_SYNC);
	guest.arg[2] = kvmclock_ns();
	guest_wait();
}

static struct vcpu *waiting(u64 us)
{
	guest.arg[0] = us;
	return vcpu_armed(guest_arm_sync_wait);
}

/* Expired for the host's timer, but not yet delivered: the vCPU is outside. */
RULE_TEST(R14_clock_back_while_pending, DEADLINE_MSR)
{
	struct vcpu *vcpu = waiting(1000);

	while (vm_get_clock(vcpu->vm) < guest.deadline + MS)
		usleep(1000);
	vm_set_clock(vcpu->vm, guest.deadline - 200 * MS);
	EXPECT(vcpu_get_msr(vcpu, MSR_KVM_DEADLINE), ==, guest.deadline);
	vcpu_run_to(vcpu, EVENT_DONE);
}

/*
 * K as the guest reads it next must be the host's own: between two readings of
 * KVM_GET_CLOCK, give or take their roundings.
 */
static void expect_clock_unmoved(struct vcpu *vcpu)
{
	u64 before = vm_get_clock(vcpu->vm);

	vcpu_run_to(vcpu, EVENT_DONE);
	EXPECT(guest.arg[2] + MS, >=, before);
	EXPECT(guest.arg[2], <=, vm_get_clock(vcpu->vm) + MS);
}

static u64 tsc_seconds(s64 seconds)
{
	return seconds * (s64)guest.tsc_khz * 1000;
}

static void host_tsc_write(u64 tsc)
{
	struct vcpu *vcpu = waiting(20000);

	vcpu_set_msr(vcpu, MSR_IA32_TSC, tsc);
	expect_clock_unmoved(vcpu);
}

/* Far ahead of where any host's TSC is after its boot, and far behind. */
MOVE_TEST(R14_host_tsc_write_forward, host_tsc_write(1ull << 50))
MOVE_TEST(R14_host_tsc_write_back, host_tsc_write(1))

static void move_tsc_offset(s64 seconds)
{
	struct vcpu *vcpu = waiting(20000);
	u64 offset = tsc_offset(vcpu, KVM_GET_DEVICE_ATTR, 0);

	tsc_offset(vcpu, KVM_SET_DEVICE_ATTR, offset + tsc_seconds(seconds));
	expect_clock_unmoved(vcpu);
}

MOVE_TEST(R14_tsc_offset_forward, move_tsc_offset(1000))
/* Below zero it wraps to a TSC far ahead, as hardware does. */
MOVE_TEST(R14_tsc_offset_back, move_tsc_offset(-1000))

static void double_tsc_khz(void)
{
	struct vcpu *vcpu = waiting(20000);
	u64 before = vm_get_clock(vcpu->vm);

	/* Only upwards: without TSC scaling KVM refuses a slower guest. */
	VM_IOCTL(vcpu->fd, KVM_SET_TSC_KHZ, (void *)(2ul * guest.tsc_khz));
	vcpu_run_to(vcpu, EVENT_DONE);
	EXPECT(guest.arg[2] + MS, >=, before);
}

MOVE_TEST(R14_tsc_khz, double_tsc_khz())

static void guest_moves_tsc(void)
{
	u32 msr = guest.arg[0];

	arm(20000);
	wrmsr(msr, rdmsr(msr) + guest.arg[1]);
	guest.arg[2] = kvmclock_ns();
	guest_wait();
}

static void guest_tsc_write(u32 msr, s64 seconds)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_moves_tsc);

	/* So that it can be set back without wrapping; R14_guest_tsc_set_* wrap. */
	vcpu_set_msr(vcpu, MSR_IA32_TSC, tsc_seconds(5000));
	guest.arg[0] = msr;
	guest.arg[1] = tsc_seconds(seconds);
	expect_clock_unmoved(vcpu);
}

MOVE_TEST(R14_guest_tsc_write_forward, guest_tsc_write(MSR_IA32_TSC, 1000))
MOVE_TEST(R14_guest_tsc_write_back, guest_tsc_write(MSR_IA32_TSC, -1000))
MOVE_TEST(R14_guest_tsc_adjust_forward, guest_tsc_write(MSR_IA32_TSC_ADJUST, 1000))
MOVE_TEST(R14_guest_tsc_adjust_back, guest_tsc_write(MSR_IA32_TSC_ADJUST, -1000))

static void guest_sets_tsc(void)
{
	arm(20000);
	wrmsr(MSR_IA32_TSC, guest.arg[0] - guest.arg[1] * guest.tsc_khz);
	guest.arg[2] = kvmclock_ns();
	guest_wait();
}

/* Lower than what has passed since the host took its clock: tsc_timestamp wraps. */
static void guest_tsc_set(u64 tsc, u64 less_ms)
{
	guest.arg[0] = tsc;
	guest.arg[1] = less_ms;
	expect_clock_unmoved(vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				       guest_sets_tsc));
}

MOVE_TEST(R14_guest_tsc_set_to_zero, guest_tsc_set(0, 0))
MOVE_TEST(R14_guest_tsc_set_to_one, guest_tsc_set(1, 0))
MOVE_TEST(R14_guest_tsc_set_to_half, guest_tsc_set(1ull << 63, 0))
MOVE_TEST(R14_guest_tsc_set_to_last, guest_tsc_set(~0ull, 0))
MOVE_TEST(R14_guest_tsc_wraps_while_armed, guest_tsc_set(0, 5))

#define CPU_MOVES	40

static void guest_arms_again_and_again(void)
{
	u64 round;

	guest.ready = 1;
	for (round = 1; round <= CPU_MOVES; round++) {
		arm(5000);
		if (BUSY)
			wait_busy(round);
		else
			wait_halted(round);
		G_EXPECT(guest.irq_now, >=, guest.deadline);
	}
	expect_quiet(1000);
	guest.ready = 0;
}

static void run_on_cpu(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* Gone when it has come to its end. */
	if (sched_setaffinity(tid, sizeof(set), &set) && errno != ESRCH)
		die("sched_setaffinity");
}

/* A step that is no part of the timer's own period, so that it comes anywhere. */
static void move_between_cpus(void)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	struct vcpu *vcpu = vcpu_with(vm, CPUID_BOTH, guest_arms_again_and_again);
	int cpu = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip_hardware("this host has one processor");
	vcpu_run_in_thread(vcpu);
	vcpu_wait_ready(vcpu);
	while (guest.ready) {
		run_on_cpu(vcpu->tid, cpu = !cpu);
		usleep(1700);
	}
	vcpu_join(vcpu);
	EXPECT(guest.irqs, ==, CPU_MOVES);
}

MOVE_TEST(R14_vcpu_moved_between_cpus, move_between_cpus())

static void guest_sleeps_again_and_again(void)
{
	for (guest.ready = 0; guest.ready < CPU_MOVES;) {
		arm(20000);
		guest.ready++;
		wait_halted(guest.ready);
		G_EXPECT(guest.irq_now, >=, guest.deadline);
	}
	guest.ready++;
}

/*
 * It wakes on the other processor, and on a host without master clock to another
 * clock: one that has gone too fast until then goes back.  Moved while it runs, it
 * could rightly see that between vector and handler.
 */
RULE_TEST(R14_vcpu_moved_asleep, DEADLINE_MSR)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				      guest_sleeps_again_and_again);
	u64 moved = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip_hardware("this host has one processor");
	vcpu_run_in_thread(vcpu);
	vcpu_wait_ready(vcpu);
	while (guest.ready <= CPU_MOVES) {
		if (guest.ready != moved && vcpu_sleeps(vcpu)) {
			moved = guest.ready;
			run_on_cpu(vcpu->tid, moved % 2);
		}
		usleep(500);
	}
	vcpu_join(vcpu);
}

/*
 * All of a suspend but its last step: the processors stop, after a second they
 * go on.  See Documentation/power/basic-pm-debugging.rst.
 */
#define SUSPENDED_S	"1"
#define SUSPENDED_NS	1000000000ull

static void suspend_host(void)
{
	write_file("/sys/module/suspend/parameters/pm_test_delay", SUSPENDED_S, 0);
	write_file("/sys/power/pm_test", "core", 0);
	write_file("/sys/power/state", "mem", 0);
}

static bool can_suspend(void)
{
	FILE *file = fopen("/sys/power/state", "r");
	char states[64] = "";

	if (!file)
		return false;
	if (!fgets(states, sizeof(states), file))
		states[0] = '\0';
	fclose(file);
	return strstr(states, "mem") && !access("/sys/power/pm_test", W_OK);
}

static u64 monotonic_ns(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now))
		die("clock_gettime");
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/*
 * The host's timers sleep by CLOCK_MONOTONIC, which stands still meanwhile, as
 * kvmclock does not: the timer must not wait for the former to get there.
 */
static void suspend_while_armed(void)
{
	struct vcpu *vcpu = vcpu_with(vm_new(IRQCHIP_KERNEL), CPUID_BOTH,
				      guest_arm_and_wait);
	u64 armed_at = monotonic_ns();

	/*
	 * Three times in one day, and never before this test, the emulated AMD
	 * host's own kernel died of a broken flags register a while later.
	 */
	if (!full)
		skip_hardware("with -f: the emulator may break the host afterwards");
	if (!can_suspend())
		skip_hardware("this host cannot suspend to memory");
	guest.arg[0] = SUSPENDED_NS / 1000;
	vcpu_run_in_thread(vcpu);
	wait_until_it_waits(vcpu);
	suspend_host();
	vcpu_join(vcpu);
	EXPECT(monotonic_ns(), <, armed_at + SUSPENDED_NS);
}

MOVE_TEST(R14_host_suspended, suspend_while_armed())
