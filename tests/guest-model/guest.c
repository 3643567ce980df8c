// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest/lapic.c between a model of the kernel's timers and a model of the host, in
 * random runs: no timer is lost, and none comes early by the guest's own clock.
 *
 * A timer is lost when the guest's clock has passed what its clock event was last
 * set for and no interrupt has come.  What no guest can help is excused until it
 * sets its clock event the next time: a VMM that lost D; and, for what is armed in
 * TSC ticks, a host of another rate and a clock that was set.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <cmocka.h>

#include "../../guest/guest.h"
#include "host.h"

#define RUNS		2000
#define STEPS		300
#define TIMERS		6
#define SET_BACKS	10000
#define TSC_DIVISOR	8
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Ticks of the clock event, 16 ns at most, are rounded both ways. */
#define SLACK_NS	40

/* Of the clock event's own conversion, which is not exact. */
#define NATIVE_SLACK_NS(delta_ns)	(SLACK_NS + ((delta_ns) >> 24))

static enum backend best_backend;
static bool has_tsc_deadline;
static bool arms_by_tsc;	/* as Linux 7.1 and later with the TSC for clock source */
static u64 boot_khz;
static struct clock_event_device evt;

/* The kernel's timekeeper. */
static bool clock_is_tsc;
static bool rejoin_queued;
static s64 monotonic_ns;
static u64 read_ns;	/* the clock source when that was so */

/* Its timers, and what it thinks that the clock event is set for. */
static s64 timers[TIMERS];
static s64 expires_next;

/* What was last asked of the clock event, and what is known of the answer. */
static s64 due_ns;
static s64 early_slack_ns;
static s64 late_slack_ns;
static bool may_be_early;
static bool may_be_late;
static bool counts_lost;	/* goes on where others fail */

static struct {
	unsigned long interrupts, early, clock_steps, lost_deadlines, migrations,
		      clock_changes, offline;
} seen;

static u64 tsc_clock_ns(u64 at_ps)
{
	return at_ps / PS_PER_NS;
}

static u64 (*clock_source(void))(u64 at_ps)
{
	return clock_is_tsc ? tsc_clock_ns : host_clock_ns;
}

/* One that has gone back stands still until it is where it was. */
ktime_t ktime_get(void)
{
	u64 ns = clock_source()(host.now_ps);

	if ((s64)(ns - read_ns) > 0) {
		monotonic_ns += ns - read_ns;
		read_ns = ns;
	}
	return monotonic_ns;
}

static bool clock_stands(void)
{
	return (s64)(clock_source()(host.now_ps) - read_ns) < 0;
}

static u64 when(s64 ktime)
{
	s64 ahead = ktime - ktime_get();

	return host_when(clock_source(), read_ns + (ahead > 0 ? ahead : 0));
}

/* arch/x86/kernel/apic/apic.c, with what guest/replace.c puts before it. */
static int next_event(unsigned long delta, struct clock_event_device *dev)
{
	if (kvm_deadline_backend != BACKEND_NATIVE)
		return kvm_deadline_next_event(delta, dev);
	if (has_tsc_deadline)
		wrmsrq(MSR_IA32_TSC_DEADLINE, host_tsc(host.now_ps) + delta * TSC_DIVISOR);
	else
		host_write_count(delta);
	return 0;
}

static int set_oneshot(struct clock_event_device *dev)
{
	if (kvm_deadline_backend != BACKEND_NATIVE)
		return kvm_deadline_set_oneshot(dev);
	apic->write(APIC_LVTT, LOCAL_TIMER_VECTOR |
		    (has_tsc_deadline ? APIC_LVT_TIMER_TSCDEADLINE : 0));
	return 0;
}

static int shutdown(struct clock_event_device *dev)
{
	if (kvm_deadline_backend != BACKEND_NATIVE)
		return kvm_deadline_shutdown(dev);
	apic->write(APIC_LVTT, host.lvtt | APIC_LVT_MASKED);
	if (has_tsc_deadline)
		wrmsrq(MSR_IA32_TSC_DEADLINE, 0);
	else
		host_write_count(0);
	return 0;
}

/* Is what it is set for in TSC ticks, of a rate that was measured at boot? */
static bool in_stale_ticks(void)
{
	return kvm_deadline_backend == BACKEND_NATIVE && has_tsc_deadline &&
	       host.khz != boot_khz;
}

static void expect_served(void)
{
	if (kvm_deadline_backend != BACKEND_NATIVE && host.swallows &&
	    best_backend == BACKEND_MSR)
		fail_msg("the host swallowed an arm");
	if (kvm_deadline_backend == BACKEND_MSR && !host.deadline_ns &&
	    !host.pending && !counts_lost)
		fail_msg("D is 0 after an arm");
}

static int set_next_event(unsigned long delta, struct clock_event_device *dev)
{
	unsigned long elided = kvm_deadline_stats.elided;
	s64 delta_ns = max_t(s64, dev->next_event - ktime_get(), dev->min_delta_ns);

	delta_ns = min_t(s64, delta_ns, dev->max_delta_ns);
	due_ns = ktime_get() + delta_ns;
	/* An expiry of before may still be on its way. */
	may_be_early = host.pending || clock_stands();

	next_event(delta, dev);

	expect_served();
	late_slack_ns = NATIVE_SLACK_NS(delta_ns);
	if (kvm_deadline_backend != BACKEND_NATIVE)
		late_slack_ns = SLACK_NS;
	/* A clock that is published anew is up to 1 ns behind the one before. */
	early_slack_ns = kvm_deadline_backend == BACKEND_MSR ? 0 : late_slack_ns;
	may_be_late = in_stale_ticks();
	/* One that is earlier serves for a later one. */
	may_be_early |= may_be_late || kvm_deadline_stats.elided != elided;
	return 0;
}

static void expect_disarmed(void)
{
	if (!host.refuses && (host.deadline_ns || host.tsc_deadline))
		fail_msg("a timer that was shut down stays armed");
}

/* kernel/time/clockevents.c */
static void switch_state(enum clock_event_state state)
{
	if (evt.state == state)
		return;
	if (state == CLOCK_EVT_STATE_ONESHOT) {
		evt.set_state_oneshot(&evt);
	} else {
		evt.set_state_shutdown(&evt);
		expect_disarmed();
		due_ns = KTIME_MAX;
		early_slack_ns = 0;
		may_be_early = host.pending;
	}
	evt.state = state;
}

static bool program_by_tsc(s64 expires)
{
	u64 delta_ns = max_t(s64, expires - ktime_get(), 0);

	if (!arms_by_tsc || !clock_is_tsc)
		return false;
	due_ns = ktime_get() + delta_ns;
	may_be_early = host.pending || clock_stands();
	may_be_late = false;
	late_slack_ns = NATIVE_SLACK_NS(delta_ns);
	early_slack_ns = late_slack_ns;
	wrmsrq(MSR_IA32_TSC_DEADLINE, host_tsc(host.now_ps) +
	       delta_ns * (boot_khz / 1000) / 1000);
	return true;
}

static void program_event(s64 expires)
{
	s64 delta_ns;

	evt.next_event = expires;
	if (expires == KTIME_MAX) {
		switch_state(CLOCK_EVT_STATE_ONESHOT_STOPPED);
		return;
	}
	switch_state(CLOCK_EVT_STATE_ONESHOT);
	if (program_by_tsc(expires))
		return;
	delta_ns = max_t(s64, expires - ktime_get(), evt.min_delta_ns);
	delta_ns = min_t(s64, delta_ns, evt.max_delta_ns);
	evt.set_next_event((u64)delta_ns * evt.mult >> evt.shift, &evt);
}

/* kernel/time/hrtimer.c */
static s64 first_timer(void)
{
	s64 first = KTIME_MAX;

	for (int i = 0; i < TIMERS; i++)
		first = min_t(s64, first, timers[i]);
	return first;
}

static void start_timer(void)
{
	int i = random_below(TIMERS);
	bool first = timers[i] == expires_next;

	timers[i] = ktime_get() + 1000 + random_u64() % (1ULL << (10 + random_below(26)));
	if (timers[i] >= expires_next && !first)
		return;
	expires_next = first_timer();
	program_event(expires_next);
}

static void cancel_first_timer(void)
{
	for (int i = 0; i < TIMERS; i++)
		if (timers[i] == expires_next)
			timers[i] = KTIME_MAX;
	expires_next = first_timer();
	program_event(expires_next);
}

static void interrupt(void)
{
	s64 now = ktime_get();

	if (now < due_ns - early_slack_ns && !may_be_early)
		fail_msg("%" PRId64 " ns too early for what was asked",
			 due_ns - now);
	host.pending = false;
	irq_stat.apic_timer_irqs++;
	seen.interrupts++;
	for (int i = 0; i < TIMERS; i++)
		if (timers[i] <= now)
			timers[i] = KTIME_MAX;
	expires_next = first_timer();
	program_event(expires_next);
}

/* To @to_ps, or to the first expiry before it. */
static void pass(u64 to_ps)
{
	u64 late_ps = PS_NEVER;

	if (due_ns != KTIME_MAX && !may_be_late && !host.pending)
		late_ps = when(due_ns + late_slack_ns);
	to_ps = min(to_ps, host.fire_ps);
	if (late_ps < to_ps)
		fail_msg("a timer is lost: due in %" PRIu64 " ns, nothing comes for %" PRIu64 " ns",
			 (late_ps - host.now_ps) / PS_PER_NS,
			 (to_ps - host.now_ps) / PS_PER_NS);
	if (to_ps == host.fire_ps && host.was_early) {
		may_be_early = true;
		seen.early++;
	}
	host_pass(to_ps);
}

static void wait_with_irqs_off(void)
{
	u64 end_ps = host.now_ps + random_below(1ULL << (10 + random_below(26))) * PS_PER_NS;

	while (!host.pending && host.now_ps < end_ps)
		pass(end_ps);
}

static void excuse(void)
{
	may_be_early = true;
	may_be_late = true;
}

static void step_clock(void)
{
	static const s64 steps_ns[] = { 0, -1000000000, -3000000, 50000, 2000000000 };
	s64 by_ns = steps_ns[random_below(ARRAY_SIZE(steps_ns))];

	/* In ticks it cannot follow, unless so does the clock; or the clock is another. */
	if (by_ns && !host.deadline_ns == !clock_is_tsc)
		excuse();
	host_step_clock(by_ns);
	seen.clock_steps++;
}

static void lose_deadline(void)
{
	if (host.deadline_ns) {
		may_be_late = true;
		seen.lost_deadlines++;
	}
	host_lose_deadline();
}

static void migrate(void)
{
	static const u64 rates_khz[] = { 500000, 1000000, 2000000, 2599999 };

	/* Who keeps time by the TSC was promised its rate. */
	if (clock_is_tsc)
		return;
	if (host.tsc_deadline)
		excuse();
	host_migrate(rates_khz[random_below(ARRAY_SIZE(rates_khz))]);
	seen.migrations++;
}

/* guest/main.c */
static void join(void)
{
	if (!clock_is_tsc)
		kvm_deadline_join(best_backend);
}

static void change_clock_source(void)
{
	/* What is armed goes on standing, the time does not. */
	if (clock_stands())
		excuse();
	ktime_get();
	clock_is_tsc = !clock_is_tsc && host.khz == boot_khz;
	read_ns = clock_source()(host.now_ps);
	kvm_deadline_forget();
	rejoin_queued = true;
	seen.clock_changes++;
}

/* Later, where that costs nothing: what is armed is the kernel's own or native. */
static void rejoin(void)
{
	if (!rejoin_queued || (arms_by_tsc && random_below(4)))
		return;
	rejoin_queued = false;
	kvm_deadline_leave();
	join();
}

static void sleep_and_wake_elsewhere(void)
{
	kvm_deadline_leave();
	host.swallows = !random_below(4);
	join();
}

static void go_offline_and_online(void)
{
	kvm_deadline_leave();
	for (int i = 0; i < TIMERS; i++)
		timers[i] = KTIME_MAX;
	expires_next = KTIME_MAX;
	evt.next_event = KTIME_MAX;
	switch_state(CLOCK_EVT_STATE_SHUTDOWN);
	host_reset_apic();
	may_be_early = false;
	host.swallows = !random_below(4);
	join();
	seen.offline++;
}

static void change_host(void)
{
	switch (random_below(8)) {
	case 0:
		host.early = !random_below(4);
		break;
	case 1:
		host.refuses = !random_below(4);
		if (host.refuses)
			lose_deadline();
		break;
	case 2:
		lose_deadline();
		break;
	case 3:
		migrate();
		break;
	case 4:
		change_clock_source();
		break;
	case 5:
		sleep_and_wake_elsewhere();
		break;
	case 6:
		go_offline_and_online();
		break;
	default:
		step_clock();
	}
}

static void step(void)
{
	irqs_off = true;
	wait_with_irqs_off();
	if (!random_below(4))
		change_host();
	rejoin();
	/* An arm with the interrupt on its way, or without. */
	if (random_below(2) && host.pending)
		interrupt();
	if (!random_below(4))
		change_host();
	rejoin();
	if (random_below(3))
		start_timer();
	else
		cancel_first_timer();
	while (host.pending)
		interrupt();
	irqs_off = false;
}

static void boot(void)
{
	u64 hz;

	boot_khz = random_below(2) ? 2000000 : 1000000;
	hz = has_tsc_deadline ? boot_khz * 1000 / TSC_DIVISOR : 62500000;
	host_start(boot_khz);
	host_reset_apic();
	evt = (struct clock_event_device) {
		.set_next_event = set_next_event,
		.set_state_oneshot = set_oneshot,
		.set_state_shutdown = shutdown,
		.next_event = KTIME_MAX,
		.mult = (hz << 28) / 1000000000,
		.shift = 28,
		.min_delta_ns = 15 * 1000000000ULL / hz + 1,
		.max_delta_ns = has_tsc_deadline ? KTIME_MAX : 0x7fffffffULL * 16,
	};
	due_ns = KTIME_MAX;
	clock_is_tsc = false;
	rejoin_queued = false;
	monotonic_ns = 0;
	read_ns = host_clock_ns(host.now_ps);
	kvm_deadline_leave();
	go_offline_and_online();
}

static u64 seed_from_environment(void)
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

static void lose_no_timer(enum backend backend, bool tsc_deadline)
{
	u64 seed = seed_from_environment();

	best_backend = backend;
	has_tsc_deadline = tsc_deadline;
	memset(&kvm_deadline_stats, 0, sizeof(kvm_deadline_stats));
	memset(&seen, 0, sizeof(seen));
	kvm_deadline_refusal.queued = 0;
	random_seed(seed);
	for (int run = 0; run < RUNS; run++) {
		boot();
		for (int i = 0; i < STEPS; i++)
			step();
	}
	printf("# %lu interrupts (%lu early), %lu arms elided, %lu CPUs refused\n",
	       seen.interrupts, seen.early, kvm_deadline_stats.elided,
	       kvm_deadline_stats.refused);
	printf("# %lu clock steps, %lu migrations, %lu deadlines lost\n",
	       seen.clock_steps, seen.migrations, seen.lost_deadlines);
	printf("# %lu clock sources, %lu times offline\n",
	       seen.clock_changes, seen.offline);
	/* What did not happen proves nothing. */
	assert_true(seen.interrupts && seen.early && seen.clock_steps &&
		    seen.migrations && seen.clock_changes && seen.offline);
	assert_int_equal(kvm_deadline_refusal.queued, kvm_deadline_stats.refused);
	if (backend == BACKEND_MSR)
		assert_true(kvm_deadline_stats.elided &&
			    kvm_deadline_stats.refused && seen.lost_deadlines);
}

static void R01_R02_guest_msr(void **state)
{
	lose_no_timer(BACKEND_MSR, true);
}

static void R01_R02_guest_msr_without_tsc_deadline(void **state)
{
	lose_no_timer(BACKEND_MSR, false);
}

static void R01_R02_guest_msr_where_the_kernel_arms_by_tsc(void **state)
{
	arms_by_tsc = true;
	lose_no_timer(BACKEND_MSR, true);
	arms_by_tsc = false;
}

static void R01_R02_guest_kvmclock(void **state)
{
	lose_no_timer(BACKEND_KVMCLOCK, true);
}

/* Of a sleep of more than a second the rest is armed again; is it, or believed to be? */
static bool sleep_is_lost(void)
{
	s64 least_ns = 1001000000;

	timers[0] = ktime_get() + least_ns + random_below(least_ns);
	expires_next = timers[0];
	program_event(expires_next);
	while (!host.pending)
		host_pass(host.fire_ps);
	host_step_clock(-1000000000);
	may_be_early = true;
	while (timers[0] != KTIME_MAX && (host.pending || host.fire_ps != PS_NEVER)) {
		if (!host.pending)
			host_pass(host.fire_ps);
		interrupt();
	}
	return timers[0] != KTIME_MAX;
}

static void R14_guest_clock_set_back_after_each_expiry(void **state)
{
	int lost = 0;

	random_seed(seed_from_environment());
	best_backend = BACKEND_MSR;
	has_tsc_deadline = true;
	boot();
	host.swallows = false;
	counts_lost = true;
	irqs_off = true;
	for (int i = 0; i < SET_BACKS; i++)
		lost += sleep_is_lost();
	irqs_off = false;
	counts_lost = false;
	printf("# %d of %d timers lost\n", lost, SET_BACKS);
	assert_int_equal(lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R01_R02_guest_msr),
		cmocka_unit_test(R01_R02_guest_msr_without_tsc_deadline),
		cmocka_unit_test(R01_R02_guest_msr_where_the_kernel_arms_by_tsc),
		cmocka_unit_test(R01_R02_guest_kvmclock),
		cmocka_unit_test(R14_guest_clock_set_back_after_each_expiry),
	};

	return cmocka_run_group_tests_name("guest-model", tests, NULL, NULL);
}
