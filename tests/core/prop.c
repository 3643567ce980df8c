// SPDX-License-Identifier: GPL-2.0-only
/* kvmclock arithmetic on random clocks, times and deadlines. */
#include <pthread.h>
#include <unistd.h>

#include "reference.h"

#define CONVERSIONS	100000000UL	/* each there and back again */
#define THREADS_MAX	64

struct worker {
	pthread_t thread;
	u64 random;
	unsigned long rounds;
	unsigned long failures;
	unsigned long reached;	/* rounds in which D lay within the TSC's reach */
};

static u64 seed;

/* Half of the deadlines lie on or next to a step of the clock. */
static u64 random_deadline(u64 *random, const struct kvm_deadline_clock *clock,
			   u64 tsc)
{
	u64 how = random_u64(random);

	if (how & 1)
		return exact_ns(clock, tsc) + (how >> 1) % 3 - 1;
	return random_value(random);
}

/* Ahead of now, but not so far that tsc_timestamp lies ahead of that. */
static bool monotonic(const struct kvm_deadline_clock *clock, u64 tsc,
		      u64 deadline_ns, u64 ahead)
{
	u64 left = ~(tsc - clock->tsc_timestamp) ^ 1ULL << 63;
	u64 later_ns;

	if (__builtin_add_overflow(deadline_ns, ahead, &later_ns))
		later_ns = ~0ULL;
	ahead = ahead < left ? ahead : left;
	return kvm_deadline_clock_ns(clock, tsc) <=
	       kvm_deadline_clock_ns(clock, tsc + ahead) &&
	       kvm_deadline_clock_tsc(clock, deadline_ns, tsc) <=
	       kvm_deadline_clock_tsc(clock, later_ns, tsc);
}

/* A guest's TSC is near its page's timestamp, unless the guest is hostile. */
static u64 random_tsc(u64 *random, const struct kvm_deadline_clock *clock)
{
	u64 tsc = random_value(random);

	return tsc & 1 ? tsc : tsc + clock->tsc_timestamp;
}

static bool one_round(struct worker *worker)
{
	struct kvm_deadline_clock clock = random_clock(&worker->random);
	u64 tsc = random_tsc(&worker->random, &clock);
	u64 deadline_ns = random_deadline(&worker->random, &clock, tsc);
	u64 deadline_tsc = kvm_deadline_clock_tsc(&clock, deadline_ns, tsc);

	worker->reached += deadline_tsc && deadline_tsc != KVM_DEADLINE_TSC_NEVER;
	if (forward_ok(&clock, tsc) && inverse_ok(&clock, deadline_ns, tsc) &&
	    monotonic(&clock, tsc, deadline_ns, random_value(&worker->random)))
		return true;
	printf("# tsc 0x%" PRIx64 " deadline_ns 0x%" PRIx64 "\n", tsc, deadline_ns);
	return false;
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (unsigned long i = 0; i < worker->rounds && worker->failures < 5; i++)
		worker->failures += !one_round(worker);
	return NULL;
}

static long thread_count(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > THREADS_MAX ? THREADS_MAX : cpus;
}

static void R01_R02_R15_any_clock_any_time(void **state)
{
	struct worker workers[THREADS_MAX] = { 0 };
	long threads = thread_count();
	unsigned long reached = 0, failures = 0;
	u64 random = seed;

	(void)state;
	for (long i = 0; i < threads; i++) {
		workers[i].random = random_u64(&random);
		workers[i].rounds = CONVERSIONS / (unsigned long)threads + 1;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]), 0);
	}
	for (long i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		reached += workers[i].reached;
		failures += workers[i].failures;
	}
	printf("# %lu conversions, %lu of them neither past nor out of reach\n",
	       CONVERSIONS, reached);
	assert_int_equal(failures, 0);
	/* A generator gone astray would test saturation only. */
	assert_true(reached > CONVERSIONS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R01_R02_R15_any_clock_any_time),
	};

	seed = seed_from_environment();
	return cmocka_run_group_tests_name("properties", tests, NULL, NULL);
}
