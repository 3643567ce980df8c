// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host that keeps the rules of docs/msr.rst as far as a guest's timer meets them,
 * and does to the guest what hosts do.  It shares no code with what it judges: K is
 * Documentation/virt/kvm/x86/msr.rst, and its inverse is a search.
 */
#include "../../include/kvm_deadline.h"
#include "host.h"

#define COUNT_TICK_PS	(16 * PS_PER_NS)
#define HORIZON_PS	(1ULL << 62)	/* 53 days */

bool irqs_off;
struct irq_cpustat irq_stat;
struct irq_work kvm_deadline_refusal;

struct host host;
struct pvclock_vcpu_time_info host_page;
static struct pvclock_vcpu_time_info next_page;
static u64 random_state;

void random_seed(u64 seed)
{
	random_state = seed;
}

/* splitmix64 */
u64 random_u64(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

u64 random_below(u64 limit)
{
	return random_u64() % limit;
}

u64 host_tsc(u64 at_ps)
{
	unsigned __int128 ticks =
		(unsigned __int128)(at_ps - host.base_ps) * host.khz;

	return host.tsc_base + (u64)(ticks / 1000000000);
}

static u64 page_ns(const struct pvclock_vcpu_time_info *page, u64 tsc)
{
	s64 delta = tsc - page->tsc_timestamp;
	u64 ticks = delta < 0 ? 0 : delta;

	ticks = page->tsc_shift < 0 ? ticks >> -page->tsc_shift :
				      ticks << page->tsc_shift;
	return page->system_time +
	       (u64)((unsigned __int128)ticks * page->tsc_to_system_mul >> 32);
}

u64 host_clock_ns(u64 at_ps)
{
	return page_ns(&next_page, host_tsc(at_ps));
}

u64 host_when(u64 (*clock)(u64 at_ps), u64 value)
{
	u64 low = host.now_ps, high = low + HORIZON_PS;

	if (clock(low) >= value)
		return low;
	if (clock(high) < value)
		return PS_NEVER;
	while (high - low > 1) {
		u64 middle = low + (high - low) / 2;

		if (clock(middle) >= value)
			high = middle;
		else
			low = middle;
	}
	return high;
}

static bool deadline_mode(void)
{
	return host.lvtt & APIC_LVT_TIMER_TSCDEADLINE;
}

/* Anew whenever something is armed and whenever a clock moves. */
static void arm(void)
{
	u64 due_ps = host.count_end_ps;

	if (host.deadline_ns)
		due_ps = host_when(host_clock_ns, host.deadline_ns);
	else if (host.tsc_deadline)
		due_ps = host_when(host_tsc, host.tsc_deadline);

	host.was_early = false;
	if (host.early && due_ps != PS_NEVER && due_ps > host.now_ps) {
		u64 least_ps = (due_ps - host.now_ps) / 100 * 8;

		host.was_early = true;
		due_ps -= least_ps - random_below(least_ps + 1);
	}
	host.fire_ps = due_ps;
}

static void deliver(void)
{
	if (!host.expired || host.lvtt & APIC_LVT_MASKED)
		return;
	host.expired = false;
	host.pending = true;
}

static void disarm(void)
{
	host.fire_ps = PS_NEVER;
	host.deadline_ns = 0;
	host.tsc_deadline = 0;
	host.count_end_ps = PS_NEVER;
	host.expired = false;
}

void host_pass(u64 to_ps)
{
	assert(to_ps >= host.now_ps && to_ps <= host.fire_ps);
	host.now_ps = to_ps;
	if (host.fire_ps != to_ps)
		return;
	disarm();
	host.expired = true;
	deliver();
}

static void publish(u64 system_time)
{
	u64 mul = (1000000ULL << 32) / host.khz;
	s8 shift = 0;

	while (mul >> 32) {
		mul >>= 1;
		shift++;
	}
	next_page = (struct pvclock_vcpu_time_info) {
		.version = host_page.version + 2,
		.tsc_timestamp = host_tsc(host.now_ps),
		.system_time = system_time,
		.tsc_to_system_mul = mul,
		.tsc_shift = shift,
	};
	host_page = next_page;
	arm();
}

void host_step_clock(s64 by_ns)
{
	publish(host_clock_ns(host.now_ps) + by_ns);
}

void host_migrate(u64 khz)
{
	u64 clock_ns = host_clock_ns(host.now_ps);

	host.tsc_base = random_u64() >> 1;
	host.base_ps = host.now_ps;
	host.khz = khz;
	publish(clock_ns);
}

void host_lose_deadline(void)
{
	host.deadline_ns = 0;
	host_step_clock(0);
}

void host_start(u64 khz)
{
	host = (struct host) { .count_end_ps = PS_NEVER, .fire_ps = PS_NEVER };
	host.now_ps = 1000000 * PS_PER_NS;
	next_page.system_time = 10000000000;
	host_migrate(khz);
}

/* Now and then a page that is half written, and whole by the time of rdtsc. */
u32 pvclock_read_begin(const struct pvclock_vcpu_time_info *page)
{
	u32 version = page->version & ~1U;

	if (!host.steady && !random_below(16)) {
		u64 clock_ns = host_clock_ns(host.now_ps);

		publish(clock_ns);
		host_page.version--;
		host_page.system_time = random_u64();
	}
	return version;
}

u64 rdtsc_ordered(void)
{
	host_page = next_page;
	return host_tsc(host.now_ps);
}

bool pvclock_read_retry(const struct pvclock_vcpu_time_info *page, u32 version)
{
	return page->version != version;
}

/* R05, R07 */
static void write_deadline_msr(u64 *mine, u64 *other, u64 value)
{
	if (!deadline_mode())
		return;
	if (value) {
		*other = 0;
		host.expired = false;
	}
	*mine = value;
	arm();
}

int wrmsrq_safe(u32 msr, u64 value)
{
	if (msr == MSR_IA32_TSC_DEADLINE) {
		write_deadline_msr(&host.tsc_deadline, &host.deadline_ns, value);
		return 0;
	}
	assert(msr == MSR_KVM_DEADLINE);
	if (host.refuses)
		return -5;
	if (!host.swallows)
		write_deadline_msr(&host.deadline_ns, &host.tsc_deadline, value);
	return 0;
}

/* Ignored reads give 0. */
int rdmsrq_safe(u32 msr, u64 *value)
{
	assert(msr == MSR_KVM_DEADLINE);
	if (host.refuses)
		return -5;
	*value = host.swallows ? 0 : host.deadline_ns;
	return 0;
}

/* R08 */
static void apic_write(u32 reg, u32 value)
{
	assert(reg == APIC_LVTT);
	if ((host.lvtt ^ value) & APIC_LVT_TIMER_TSCDEADLINE)
		disarm();
	host.lvtt = value;
	deliver();
}

void host_reset_apic(void)
{
	disarm();
	host.lvtt = APIC_LVT_MASKED;
	host.pending = false;
}

void host_write_count(u64 ticks)
{
	if (deadline_mode())
		return;
	host.count_end_ps = ticks ? host.now_ps + ticks * COUNT_TICK_PS : PS_NEVER;
	arm();
}

static const struct apic model_apic = { .write = apic_write };
const struct apic *apic = &model_apic;
