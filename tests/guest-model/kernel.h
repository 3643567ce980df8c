/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What guest/lapic.c takes from the kernel's headers, on one CPU.  Whatever leaves
 * the guest goes to the host of host.c.
 */
#ifndef KVM_DEADLINE_GUEST_MODEL_KERNEL_H
#define KVM_DEADLINE_GUEST_MODEL_KERNEL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;
typedef uint8_t u8;
typedef int8_t s8;
typedef s64 ktime_t;

#define U64_MAX			UINT64_MAX
#define KTIME_MAX		INT64_MAX
#define TICK_NSEC		4000000
#define DIV_ROUND_UP_ULL(n, d)	({ u64 _d = (d); ((n) + _d - 1) / _d; })
#define min_t(type, a, b)	({ type _a = (a), _b = (b); _a < _b ? _a : _b; })
#define max_t(type, a, b)	({ type _a = (a), _b = (b); _a > _b ? _a : _b; })
#define min(a, b)		min_t(u64, a, b)
#define READ_ONCE(x)		(x)

/* Of any version. */
#define LINUX_VERSION_CODE	0
#define KERNEL_VERSION(...)	1
#define IS_ENABLED(...)		0
#define boot_cpu_has(...)	0

/* The command line has DEFINE_PER_CPU(type, name) as "type name". */
#define DECLARE_PER_CPU(type, name)	extern DEFINE_PER_CPU(type, name)
#define this_cpu_read(x)	(x)
#define this_cpu_write(x, v)	((x) = (v))
#define this_cpu_inc(x)		((x)++)
#define this_cpu_ptr(p)		(p)
#define per_cpu_ptr(p, cpu)	(&(p)[cpu])
#define for_each_possible_cpu(cpu) \
	for (bool last = ((cpu) = 0); !last; last = true)

extern bool irqs_off;

#define lockdep_assert_irqs_disabled()	assert(irqs_off)
#define local_irq_save(flags)		((flags) = irqs_off, irqs_off = true)
#define local_irq_restore(flags)	(irqs_off = (flags))

struct irq_work {
	unsigned long queued;
};

static inline void irq_work_queue(struct irq_work *work)
{
	work->queued++;
}

struct irq_cpustat {
	unsigned int apic_timer_irqs;
};

extern struct irq_cpustat irq_stat;

enum clock_event_state {
	CLOCK_EVT_STATE_SHUTDOWN,
	CLOCK_EVT_STATE_ONESHOT,
	CLOCK_EVT_STATE_ONESHOT_STOPPED,
};

struct clock_event_device {
	int (*set_next_event)(unsigned long delta, struct clock_event_device *evt);
	int (*set_state_oneshot)(struct clock_event_device *evt);
	int (*set_state_shutdown)(struct clock_event_device *evt);
	enum clock_event_state state;
	ktime_t next_event;
	u64 max_delta_ns;
	u64 min_delta_ns;
	u32 mult;
	u32 shift;
};

static inline bool clockevent_state_oneshot(const struct clock_event_device *evt)
{
	return evt->state == CLOCK_EVT_STATE_ONESHOT;
}

/* CLOCK_MONOTONIC of the guest. */
ktime_t ktime_get(void);

#define ktime_to_ns(t)		(t)
#define ktime_sub(a, b)		((a) - (b))

/* Documentation/virt/kvm/x86/msr.rst */
struct pvclock_vcpu_time_info {
	u32 version;
	u32 pad0;
	u64 tsc_timestamp;
	u64 system_time;
	u32 tsc_to_system_mul;
	s8 tsc_shift;
	u8 flags;
	u8 pad[2];
};

extern struct pvclock_vcpu_time_info host_page;

static inline const struct pvclock_vcpu_time_info *this_cpu_pvti(void)
{
	return &host_page;
}

u32 pvclock_read_begin(const struct pvclock_vcpu_time_info *page);
bool pvclock_read_retry(const struct pvclock_vcpu_time_info *page, u32 version);
u64 rdtsc_ordered(void);

#define MSR_IA32_TSC_DEADLINE	0x6e0

int wrmsrq_safe(u32 msr, u64 value);
int rdmsrq_safe(u32 msr, u64 *value);

#define wrmsrq(msr, value)	wrmsrq_safe(msr, value)
#define rdmsrq			rdmsrq_safe
#define weak_wrmsr_fence()	do { } while (0)

#define APIC_LVTT			0x320
#define APIC_LVT_MASKED			(1 << 16)
#define APIC_LVT_TIMER_TSCDEADLINE	(2 << 17)
#define LOCAL_TIMER_VECTOR		0xec

struct apic {
	void (*write)(u32 reg, u32 value);
};

extern const struct apic *apic;

#endif /* KVM_DEADLINE_GUEST_MODEL_KERNEL_H */
