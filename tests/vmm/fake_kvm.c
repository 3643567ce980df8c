// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "fake_kvm.h"

struct host host;
struct clock_page page[3];
bool page_is_there;
struct kvm_run run;
struct kvmdl_vcpu vcpu;

static uint64_t *msr_place(uint32_t index)
{
	switch (index) {
	case MSR_IA32_TSC:
		return &host.tsc;
	case MSR_IA32_TSC_DEADLINE:
		return &host.tsc_deadline;
	case MSR_KVM_SYSTEM_TIME_NEW:
		return &host.clock_msr;
	case MSR_KVM_DEADLINE:
		return host.ours ? &host.kernel_deadline : NULL;
	}
	return NULL;
}

static int do_msrs(struct kvm_msrs *msrs, bool set)
{
	unsigned int i, count = msrs->nmsrs - (host.calls == host.short_at);

	for (i = 0; i < count; i++) {
		uint64_t *place = msr_place(msrs->entries[i].index);

		if (!place)
			break;
		if (!set)
			msrs->entries[i].data = *place;
		else if (place != &host.tsc_deadline || host.mode_10b)
			*place = msrs->entries[i].data;
	}
	return i;
}

static int get_lapic(struct kvm_lapic_state *lapic)
{
	uint32_t lvtt = (host.lvt_10b ? 2u << 17 : 0) | 0x41;

	if (host.no_apic) {
		errno = EINVAL;
		return -1;
	}
	memset(lapic, 0, sizeof(*lapic));
	memcpy(lapic->regs + 0x320, &lvtt, sizeof(lvtt));
	return 0;
}

static int check_extension(int capability)
{
	if (capability == KVM_CAP_X86_DEADLINE)
		return host.ours;
	return host.lacks != LACKS_ALL && host.lacks != capability;
}

static int vm_ioctl(unsigned long request, void *arg)
{
	switch (request) {
	case KVM_CHECK_EXTENSION:
		return check_extension((long)arg);
	case KVM_GET_CLOCK:
		((struct kvm_clock_data *)arg)->clock = host.clock_ns;
		return 0;
	}
	fail_msg("unexpected ioctl %#lx of the VM", request);
	return -1;
}

static int vcpu_ioctl(unsigned long request, void *arg)
{
	switch (request) {
	case KVM_GET_MSRS:
		return do_msrs(arg, false);
	case KVM_SET_MSRS:
		return do_msrs(arg, true);
	case KVM_GET_TSC_KHZ:
		assert_null(arg);
		return host.khz;
	case KVM_GET_LAPIC:
		return get_lapic(arg);
	case KVM_SET_LAPIC:
		host.mode_10b = host.lvt_10b;
		return 0;
	}
	fail_msg("unexpected ioctl %#lx of the vCPU", request);
	return -1;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	host.calls++;
	if (host.calls < 64 && host.pause & 1ull << host.calls) {
		host.clock_ns += SECOND_NS;
		host.tsc += 2 * SECOND_NS;
	}
	if (host.calls == host.fail_at) {
		errno = ENXIO;
		return -1;
	}
	assert_true(fd == VM_FD || fd == VCPU_FD);
	return fd == VM_FD ? vm_ioctl(request, arg) : vcpu_ioctl(request, arg);
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now);

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	uint64_t ns = host.monotonic_ns;

	assert_true(id == CLOCK_MONOTONIC || id == CLOCK_BOOTTIME);
	if (id == CLOCK_BOOTTIME)
		ns += host.suspended_ns;
	now->tv_sec = ns / SECOND_NS;
	now->tv_nsec = ns % SECOND_NS;
	host.clocks++;
	return 0;
}

/* What cannot be read may have been copied in part. */
bool read_page(void *opaque, uint64_t address, void *to, size_t bytes)
{
	if (opaque != page || (address != 0x1000 && address != 0x2000))
		return false;
	memcpy(to, &page[address / 0x1000], bytes);
	return page_is_there;
}

/* A page as KVM fills it: the TSC is then 1000 and the clock 250 ns further. */
void publish(unsigned int number, uint64_t system_time)
{
	host.clock_msr = number * 0x1000 | 1;
	page[number].version += 2;
	page[number].tsc_timestamp = 500;
	page[number].system_time = system_time;
	page[number].tsc_to_system_mul = 1u << 31;
}

/* What a guest reads: modulo 2^64, and a TSC before the timestamp is the timestamp. */
uint64_t kvmclock(const struct clock_page *clock, uint64_t tsc)
{
	int64_t delta = tsc - clock->tsc_timestamp;
	u128 ticks;

	ticks = delta < 0 ? 0 : delta;
	if (clock->tsc_shift < 0)
		ticks >>= -clock->tsc_shift;
	else
		ticks <<= clock->tsc_shift;
	return clock->system_time + (uint64_t)(ticks * clock->tsc_to_system_mul >> 32);
}

/* KVM's leaves are behind Hyper-V's. */
struct kvm_cpuid2 *cpuid_with(bool bit)
{
	static uint64_t space[(sizeof(struct kvm_cpuid2) +
			       3 * sizeof(struct kvm_cpuid_entry2)) / 8 + 1];
	struct kvm_cpuid2 *cpuid = (struct kvm_cpuid2 *)space;

	memset(space, 0, sizeof(space));
	cpuid->nent = 3;
	cpuid->entries[0].function = 1;
	cpuid->entries[0].ecx = 1u << 24;
	cpuid->entries[1].function = KVM_CPUID_SIGNATURE + 0x100;
	memcpy(&cpuid->entries[1].ebx, "KVMKVMKVM\0\0\0", 12);
	/* Nobody says what is in there. */
	cpuid->entries[1].padding[0] = ~0u;
	cpuid->entries[2].function = KVM_CPUID_FEATURES + 0x100;
	if (bit)
		assert_int_equal(kvmdl_cpuid_offer(cpuid), 0);
	return cpuid;
}

int set_up(void **state)
{
	(void)state;
	host = (struct host) {
		.lacks = LACKS_NOTHING, .khz = 2000000, .tsc = 1000, .clock_ns = HOUR_NS,
		.monotonic_ns = 7 * HOUR_NS, .suspended_ns = 5 * HOUR_NS,
		.mode_10b = true, .lvt_10b = true,
	};
	memset(&run, 0, sizeof(run));
	memset(page, 0, sizeof(page));
	page_is_there = true;
	memset(&vcpu, 0xff, sizeof(vcpu));
	if (kvmdl_vcpu_init(&vcpu, sizeof(vcpu), KVMDL_USER, VM_FD, VCPU_FD, &run,
			    read_page, page))
		return -1;
	if (kvmdl_set_cpuid(&vcpu, cpuid_with(true)))
		return -1;
	before_run();
	host.calls = 0;
	host.clocks = 0;
	return 0;
}

void guest_access(uint32_t reason, uint32_t index, uint64_t value)
{
	run.exit_reason = reason;
	run.msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run.msr.index = index;
	run.msr.data = value;
	assert_int_equal(kvmdl_handle_exit(&vcpu), 1);
}

void guest_wrmsr(uint64_t value)
{
	guest_access(KVM_EXIT_X86_WRMSR, MSR_KVM_DEADLINE, value);
	assert_int_equal(run.msr.error, 0);
}

uint64_t guest_rdmsr(uint32_t index)
{
	guest_access(KVM_EXIT_X86_RDMSR, index, ~0ull);
	assert_int_equal(run.msr.error, 0);
	return run.msr.data;
}

void expect_state(uint64_t deadline_ns, uint64_t tsc_deadline)
{
	struct kvmdl_state state;

	assert_int_equal(kvmdl_get(&vcpu, &state, sizeof(state)), 0);
	assert_int_equal(state.deadline_ns, deadline_ns);
	assert_int_equal(state.tsc_deadline, tsc_deadline);
}

void before_run(void)
{
	assert_int_equal(kvmdl_before_run(&vcpu), 0);
}

/* xorshift64, as everywhere in the tests */
uint64_t next_random(void)
{
	static uint64_t seed = 20261127;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}
