/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of core/ share: cmocka, repeatable random numbers. */
#ifndef KVM_DEADLINE_TESTS_CHECK_H
#define KVM_DEADLINE_TESTS_CHECK_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <cmocka.h>

#include "clock.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Where carries, signs and table ends are. */
static const u64 corners[] = {
	0, 1, 2, 1ULL << 31, (1ULL << 32) - 1, 1ULL << 32,
	(1ULL << 63) - 1, 1ULL << 63, ~1ULL, ~0ULL,
};

/* splitmix64: any seed will do, and streams of different seeds differ. */
static inline u64 random_u64(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline u64 random_below(u64 *state, u64 limit)
{
	return random_u64(state) % limit;
}

/* Uniform numbers are nearly all huge; half of these are not. */
static inline u64 random_value(u64 *state)
{
	u64 how = random_u64(state);
	u64 value = random_u64(state);

	switch (how & 3) {
	case 0:
		return value;
	case 1:
		return corners[(how >> 2) % ARRAY_SIZE(corners)] + value % 5 - 2;
	default:
		return value >> (how >> 2) % 64;
	}
}

static inline struct kvm_deadline_clock random_clock(u64 *state)
{
	return (struct kvm_deadline_clock) {
		.tsc_timestamp = random_value(state),
		.system_time = random_value(state),
		.tsc_to_system_mul = (u32)random_value(state),
		.tsc_shift = (s8)((int)random_below(state, 63) - 31),
	};
}

/* SEED=... in the environment repeats a run. */
static inline u64 seed_from_environment(void)
{
	const char *text = getenv("SEED");
	u64 seed = 0;

	if (text)
		seed = strtoull(text, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	printf("# SEED=0x%" PRIx64 " repeats this run\n", seed);
	return seed;
}

static inline void print_clock(const struct kvm_deadline_clock *clock)
{
	printf("# tsc_timestamp 0x%" PRIx64 " system_time 0x%" PRIx64
	       " mul 0x%" PRIx32 " shift %d\n", clock->tsc_timestamp,
	       clock->system_time, clock->tsc_to_system_mul, clock->tsc_shift);
}

#endif /* KVM_DEADLINE_TESTS_CHECK_H */
