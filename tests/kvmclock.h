/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvmclock as a guest reads it, from Documentation/virt/kvm/x86/msr.rst.
 *
 * This is what the guests and the model judge by.  It knows nothing of core/,
 * which is among the judged.
 */
#ifndef KVM_DEADLINE_TESTS_KVMCLOCK_H
#define KVM_DEADLINE_TESTS_KVMCLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;
typedef int64_t s64;
typedef unsigned __int128 u128;
typedef int8_t s8;

/* struct pvclock_vcpu_time_info; 32 bytes that must not cross a page. */
struct pvclock {
	u32 version;
	u32 pad0;
	u64 tsc_timestamp;
	u64 system_time;
	u32 tsc_to_system_mul;
	s8 tsc_shift;
	u8 flags;
	u8 pad[2];
} __attribute__((packed, aligned(32)));

static inline u64 read_tsc(void)
{
	u32 low, high;

	/* Not before what stands before it in the program. */
	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

/* Modulo 2^64: tsc_timestamp may have wrapped.  Before it the clock stands. */
static inline u64 pvclock_ns(const struct pvclock *clock, u64 tsc)
{
	u64 delta = tsc - clock->tsc_timestamp;

	if ((s64)delta < 0)
		delta = 0;
	if (clock->tsc_shift < 0)
		delta >>= -clock->tsc_shift;
	else
		delta <<= clock->tsc_shift;
	return clock->system_time +
	       (u64)((u128)delta * clock->tsc_to_system_mul >> 32);
}

/* A copy that the host did not rewrite meanwhile, and the TSC that goes with it. */
static inline struct pvclock pvclock_read(const struct pvclock *page, u64 *tsc)
{
	struct pvclock copy;

	do {
		copy.version = page->version & ~1u;	/* odd: being rewritten */
		asm volatile("" : : : "memory");
		copy.tsc_timestamp = page->tsc_timestamp;
		copy.system_time = page->system_time;
		copy.tsc_to_system_mul = page->tsc_to_system_mul;
		copy.tsc_shift = page->tsc_shift;
		*tsc = read_tsc();	/* a barrier, too */
	} while (copy.version != page->version);
	return copy;
}

#endif /* KVM_DEADLINE_TESTS_KVMCLOCK_H */
