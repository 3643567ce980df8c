// SPDX-License-Identifier: GPL-2.0-only
/* The pvclock version protocol: by hand, and against a writer that races. */
#include <pthread.h>
#include <string.h>

#include "check.h"

#define READS	1000000	/* a second or so, thousands of them disturbed */

static void same_even_version_is_kept(void **state)
{
	struct kvm_deadline_page page = { .version = 2 };

	(void)state;
	assert_false(kvm_deadline_page_retry(&page, kvm_deadline_page_begin(&page)));
}

static void odd_version_is_thrown_away(void **state)
{
	struct kvm_deadline_page page = { .version = 3 };

	(void)state;
	assert_true(kvm_deadline_page_retry(&page, kvm_deadline_page_begin(&page)));
}

static void write_begun_meanwhile_is_thrown_away(void **state)
{
	struct kvm_deadline_page page = { .version = 2 };
	u32 version = kvm_deadline_page_begin(&page);

	(void)state;
	page.version = 3;
	assert_true(kvm_deadline_page_retry(&page, version));
}

static void write_finished_meanwhile_is_thrown_away(void **state)
{
	struct kvm_deadline_page page = { .version = 3 };
	u32 version = kvm_deadline_page_begin(&page);

	(void)state;
	page.version = 4;
	assert_true(kvm_deadline_page_retry(&page, version));
}

static void version_may_wrap(void **state)
{
	struct kvm_deadline_page page = { .version = ~1u };
	u32 version = kvm_deadline_page_begin(&page);

	(void)state;
	assert_false(kvm_deadline_page_retry(&page, version));
	page.version = 0;
	assert_true(kvm_deadline_page_retry(&page, version));
}

/* Offsets by number, as in msr.rst: the struct must not be its own witness. */
static void copy_takes_each_field_from_its_place(void **state)
{
	u8 raw[32] __attribute__((aligned(4)));
	struct kvm_deadline_page page;
	struct kvm_deadline_clock clock;
	u64 value;
	u32 mul;

	(void)state;
	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (u8)(0xa0 + i);
	raw[28] = 23;	/* a shift that the ABI allows */
	memcpy(&page, raw, sizeof(page));
	kvm_deadline_page_copy(&page, &clock);
	memcpy(&value, raw + 8, 8);
	assert_int_equal(clock.tsc_timestamp, value);
	memcpy(&value, raw + 16, 8);
	assert_int_equal(clock.system_time, value);
	memcpy(&mul, raw + 24, 4);
	assert_int_equal(clock.tsc_to_system_mul, mul);
	assert_int_equal(clock.tsc_shift, (s8)raw[28]);
}

/* Nothing behind the copy shifts by more than a word. */
static void R15_wild_shift_counts_as_31(void **state)
{
	struct kvm_deadline_page page = { 0 };
	struct kvm_deadline_clock clock;

	(void)state;
	for (int shift = -128; shift <= 127; shift++) {
		page.tsc_shift = (s8)shift;
		kvm_deadline_page_copy(&page, &clock);
		assert_int_equal(clock.tsc_shift, shift > 31 ? 31 : shift < -31 ? -31 : shift);
	}
}

struct race {
	struct kvm_deadline_page page;
	bool stop;
};

/* Every field tells the same number, so a mixed copy shows. */
static void write_generation(struct kvm_deadline_page *page, u64 n)
{
	page->tsc_timestamp = n;
	page->system_time = ~n;
	page->tsc_to_system_mul = (u32)n;
	page->tsc_shift = (s8)(n % 32);
}

static bool is_one_generation(const struct kvm_deadline_clock *clock)
{
	u64 n = clock->tsc_timestamp;

	return clock->system_time == ~n && clock->tsc_to_system_mul == (u32)n &&
	       clock->tsc_shift == (s8)(n % 32);
}

/* KVM's side: odd, fields, even, each visible before the next. */
static void *keep_writing(void *arg)
{
	struct race *race = arg;

	for (u64 n = 1; !__atomic_load_n(&race->stop, __ATOMIC_RELAXED); n++) {
		__atomic_fetch_add(&race->page.version, 1, __ATOMIC_SEQ_CST);
		write_generation(&race->page, n);
		__atomic_fetch_add(&race->page.version, 1, __ATOMIC_SEQ_CST);
		/* Leave the reader a gap, or it never gets a copy. */
		for (u64 spin = n % 64; spin; spin--)
			asm volatile("pause");
	}
	return NULL;
}

static struct kvm_deadline_clock read_clock(struct kvm_deadline_page *page,
					    unsigned long *retries)
{
	struct kvm_deadline_clock clock;
	u32 version;

	for (;; ++*retries) {
		version = kvm_deadline_page_begin(page);
		kvm_deadline_page_copy(page, &clock);
		if (!kvm_deadline_page_retry(page, version))
			return clock;
	}
}

static void never_a_mixed_copy(void **state)
{
	struct race race = { .page.system_time = ~0ULL };
	unsigned long retries = 0, torn = 0, changes = 0;
	struct kvm_deadline_clock clock;
	pthread_t writer;
	u64 last = 0;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, keep_writing, &race), 0);
	/* Until there was a race: the writer may start late on a busy machine. */
	for (long i = 0; (i < READS || !changes || !retries) && !torn; i++) {
		clock = read_clock(&race.page, &retries);
		torn += !is_one_generation(&clock);
		changes += clock.tsc_timestamp != last;
		last = clock.tsc_timestamp;
	}
	__atomic_store_n(&race.stop, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	printf("# %lu retries, %lu changes seen\n", retries, changes);
	assert_int_equal(torn, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_even_version_is_kept),
		cmocka_unit_test(odd_version_is_thrown_away),
		cmocka_unit_test(write_begun_meanwhile_is_thrown_away),
		cmocka_unit_test(write_finished_meanwhile_is_thrown_away),
		cmocka_unit_test(version_may_wrap),
		cmocka_unit_test(copy_takes_each_field_from_its_place),
		cmocka_unit_test(R15_wild_shift_counts_as_31),
		cmocka_unit_test(never_a_mixed_copy),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
