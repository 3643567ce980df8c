// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host around core/timer.c, in the terms of host/deadline.c and KVM.
 *
 * -DBREAK_... takes one thing away; see "drive", which wants each to be noticed.
 * -DPROPERTY=... watches some of the properties only.
 */
#include "machine.h"
#include "../kvmclock.h"

#ifndef PROPERTY
#define PROPERTY	(EXCLUSIVE | NOT_LOST | NOT_EARLY | AT_MOST_ONCE | ELIDED)
#endif

#ifdef BREAK_WAKE
#define WAKES		0
#else
#define WAKES		1
#endif

#define CLOCK_AGE	2	/* of the host's master clock when all begins */
#define MAX_SLEEP	3	/* SLEEP_MAX_NS: long sleeps are cut */
#define SETTLED		100	/* steps: by then all is over */

static u64 guest_tsc(const struct machine *m)
{
	return m->tsc_start + (u64)(u8)(m->now - m->tsc_base) * m->rate;
}

static u64 true_clock(const struct machine *m)
{
	return m->now + m->clock_offset;
}

/* K: as the guest reads it, or will when what is requested has been published. */
static u64 guest_clock(const struct machine *m)
{
	const struct pvclock page = {
		.tsc_timestamp = m->published.tsc_timestamp,
		.system_time = m->published.system_time,
		.tsc_to_system_mul = m->published.tsc_to_system_mul,
		.tsc_shift = m->published.tsc_shift,
	};

	return m->request || m->global ? true_clock(m) : pvclock_ns(&page, guest_tsc(m));
}

/* The vector that KVM raises is seen by the guest's processor. */
static bool listens(const struct machine *m)
{
	return m->present && m->svr;
}

static bool mode_ok(const struct machine *m)
{
	return m->present && m->mode;
}

static void violate(struct machine *m, enum property property)
{
	m->violated |= property;
}

static void want(struct machine *m, u64 ns, u64 tsc)
{
	m->want_ns = ns;
	m->want_tsc = tsc;
}

static void cancel(struct machine *m)
{
	m->hrtimer = 0;
	m->pending = 0;
}

static void start_tscdeadline(struct machine *m, u64 tsc);

/* As step() and stop() in host/deadline.c. */
static enum kvm_deadline_action step(struct machine *m,
				     enum kvm_deadline_event event, u64 value)
{
	struct kvm_deadline_input input = {
		.event = event, .mode_ok = mode_ok(m), .value = value,
		.tsc = guest_tsc(m), .clock = &m->published,
	};
	enum kvm_deadline_action action = kvm_deadline_step(&m->timer, &input);

	if (action == KVM_DEADLINE_DO_START)
		start_tscdeadline(m, m->timer.deadline_tsc);
	if (action == KVM_DEADLINE_DO_NATIVE && event != KVM_DEADLINE_EV_EXPIRE)
		start_tscdeadline(m, value);
	if (action == KVM_DEADLINE_DO_STOP && m->mode) {
		cancel(m);
		m->tscdeadline = 0;
	}
	return action;
}

/* start_sw_tscdeadline() with kvm_deadline_sleep_ns() */
static void start_tscdeadline(struct machine *m, u64 tsc)
{
	u64 now = guest_tsc(m), k = kvm_deadline_clock_ns(&m->published, now);
	u64 ns = (tsc - now) / (m->rate ? m->rate : 1);

	if (!mode_ok(m))
		return;
	cancel(m);
	m->tscdeadline = tsc;
	if (!tsc)
		return;
	if (m->timer.state == KVM_DEADLINE_ST_ARMED)
		ns = m->timer.deadline_ns > k ? m->timer.deadline_ns - k : 0;
	if (tsc <= now || !ns) {
		m->pending = 1;
		return;
	}
	m->hrtimer = 1;
	m->expires = m->now + (ns < MAX_SLEEP ? ns : MAX_SLEEP);
}

static void wake(struct machine *m)
{
	if (m->timer.deadline_ns)
		m->unblock = WAKES;
}

static void clock_moved(struct machine *m)
{
	m->request = 1;
	wake(m);
}

/* Of when the master clock was taken: tsc_timestamp wraps where the TSC is younger. */
static void publish(struct machine *m)
{
	u8 age = m->now - m->master;

	m->request = 0;
	m->global = 0;
	m->stands = 0;		/* another version of the page */
#ifdef BREAK_ELIDE_PAGE
	m->stands = m->armed;
#endif
	m->published.tsc_timestamp = guest_tsc(m) - age * m->rate;
	m->published.system_time = true_clock(m) - age;
	m->published.tsc_to_system_mul = 1u << 31;
	m->published.tsc_shift = m->rate == 2 ? 0 : 1;
#ifndef BREAK_REEVALUATE
	if (m->timer.deadline_ns)
		step(m, KVM_DEADLINE_EV_CLOCK_PUBLISHED, 0);
#endif
}

/* The vector enters the IRR. */
static void raise_vector(struct machine *m)
{
	if (!m->want_ns && !m->want_tsc)
		violate(m, AT_MOST_ONCE);
	if (guest_clock(m) < m->want_ns)
		violate(m, NOT_EARLY);
	m->irr = 1;
	m->owed = 1;
	want(m, 0, 0);
}

/* kvm_apic_inject_pending_timer_irqs() with kvm_deadline_deliver() */
void machine_deliver(struct machine *m)
{
	if (m->timer.state == KVM_DEADLINE_ST_ARMED) {
#ifndef BREAK_STALE
		if (m->request)
			return;
#endif
#ifndef BREAK_GLOBAL
		if (m->global)
			return;
#endif
		if (step(m, KVM_DEADLINE_EV_EXPIRE, 0) != KVM_DEADLINE_DO_FIRE) {
			clock_moved(m);
			return;
		}
	}
#ifndef BREAK_PENDING
	m->pending = 0;
#endif
	m->tscdeadline = 0;
	raise_vector(m);
}

void machine_init(struct machine *m)
{
	m->rate = 1;
	m->tsc_start = 1;	/* 0 is no TSC deadline: "at once" is 1 */
	m->where = INSIDE;
	m->cpuid = 1;
	m->present = 1;
	m->svr = 1;
	m->lvtt = 1;
	m->mode = 1;
	m->clock_offset = 6;	/* so that it can move back */
	m->master = -CLOCK_AGE;
	publish(m);
}

/* The guest's driver has written @ns, or knows nothing of what is armed. */
static void remember(struct machine *m, u64 ns)
{
	m->armed = ns;
	m->stands = ns != 0;
}

void machine_arm(struct machine *m, u64 from_now_ns)
{
	u64 ns = guest_clock(m) + from_now_ns;

	step(m, KVM_DEADLINE_EV_GUEST_WRITE, ns);
	if (!mode_ok(m))
		return remember(m, 0);
	want(m, ns, 0);
	remember(m, ns);
}

/*
 * guest/lapic.c: a write is spared while an earlier deadline certainly stands, that is
 * without a timer interrupt since, by the same page, in the same mode.  One that is on
 * its way is as good: its handler arms again.
 */
void machine_arm_or_elide(struct machine *m, u64 from_now_ns)
{
	u64 ns = guest_clock(m) + from_now_ns;

	if (!m->stands || m->armed > ns)
		machine_arm(m, from_now_ns);
	else if (!m->owed && (!m->timer.deadline_ns || m->timer.deadline_ns > ns))
		violate(m, ELIDED);
}

static void write_tsc_msr(struct machine *m, u64 value)
{
	if (value && m->timer.state == KVM_DEADLINE_ST_ARMED && m->mode) {
		cancel(m);
		m->tscdeadline = 0;
	}
#ifdef BREAK_TAKE_OVER
	start_tscdeadline(m, value);
#else
	step(m, KVM_DEADLINE_EV_TSC_WRITE, value);
#endif
}

void machine_disarm(struct machine *m)
{
	step(m, KVM_DEADLINE_EV_GUEST_WRITE, 0);
	remember(m, 0);
	if (mode_ok(m))
		want(m, 0, m->want_tsc);
}

void machine_disarm_tsc(struct machine *m)
{
	write_tsc_msr(m, 0);
	want(m, m->want_ns, 0);
}

void machine_arm_tsc(struct machine *m, u64 from_now)
{
	u64 tsc = guest_tsc(m) + from_now;

	if (!tsc)
		return machine_disarm_tsc(m);
	write_tsc_msr(m, tsc);
	remember(m, 0);
	if (mode_ok(m))
		want(m, 0, tsc);
}

static void update_lvtt(struct machine *m)
{
	u8 mode = m->lvtt && m->cpuid;

	if (m->mode == mode)
		return;
	cancel(m);
	m->tscdeadline = 0;
	m->mode = mode;
}

void machine_toggle_mode(struct machine *m)
{
	m->lvtt = !m->lvtt;
	remember(m, 0);
	update_lvtt(m);
	if (m->mode)
		return;
	step(m, KVM_DEADLINE_EV_DISABLE, 0);
	want(m, 0, 0);
}

/* What becomes of a TSC deadline here is KVM's own business. */
static void forget_tsc_deadline(struct machine *m)
{
	if (m->want_tsc)
		machine_disarm_tsc(m);
}

/* In APICBASE. */
void machine_toggle_apic(struct machine *m)
{
	forget_tsc_deadline(m);
	remember(m, 0);
#ifndef BREAK_APICBASE
	if (m->present)
		step(m, KVM_DEADLINE_EV_DISABLE, 0);
#endif
	m->present = !m->present;
	want(m, 0, 0);
}

/* In SVR: KVM masks the LVT, and drops what is pending. */
void machine_toggle_svr(struct machine *m)
{
	forget_tsc_deadline(m);
	remember(m, 0);
	m->svr = !m->svr;
	if (m->svr || !m->pending)
		return;
#ifndef BREAK_SVR
	step(m, KVM_DEADLINE_EV_DISABLE, 0);
#endif
	m->pending = 0;
	want(m, 0, 0);
}

/* What was requested before is done before the guest goes on. */
void machine_enter(struct machine *m)
{
	m->where = INSIDE;
	if (m->request || m->global)
		publish(m);
}

bool machine_can_deliver(const struct machine *m)
{
	return m->pending && listens(m);
}

bool machine_busy(const struct machine *m)
{
	bool irr = m->irr && listens(m);

	if (m->where == INSIDE)
		return m->request || m->global || irr;
	return m->where == BLOCKED && (machine_can_deliver(m) || irr || m->unblock);
}

static void handle_vector(struct machine *m)
{
	m->irr = 0;
	m->owed = 0;
#ifndef BREAK_ELIDE_IRQ
	m->stands = 0;
#endif
}

/* One turn of KVM's loop around the guest, and the guest's handler. */
void machine_process(struct machine *m)
{
	m->unblock = 0;
	if (m->request || m->global)
		publish(m);
	else if (m->irr)
		handle_vector(m);
}

/* kvm_deadline_before_block(); the sleep itself is a second step. */
void machine_halt(struct machine *m)
{
	if (m->where == HALTING) {
		m->where = BLOCKED;
		return;
	}
	m->where = HALTING;
	if (m->timer.deadline_ns && (m->request || m->global))
		publish(m);
}

void machine_wake(struct machine *m)
{
	m->where = INSIDE;
}

void machine_tick(struct machine *m)
{
	m->now++;
}

/* kvm_deadline_too_early(), and what else apic_timer_expired() does. */
void machine_hrtimer(struct machine *m)
{
	m->hrtimer = 0;
	if (kvm_deadline_due(&m->timer, guest_tsc(m)))
		m->pending = 1;
	else
		clock_moved(m);
}

void machine_move_clock(struct machine *m, int by)
{
	m->clock_offset += by;
	m->master = m->now;
	m->request = 1;
	m->telling = 1;
}

void machine_move_tsc(struct machine *m, int by)
{
	m->tsc_start += by;
	/* The rules say nothing of a TSC deadline that the TSC jumps over. */
	forget_tsc_deadline(m);
	m->request = 1;
	m->telling = 1;
}

/* To a CPU of a host without master clock, by whose clock it went too fast. */
void machine_move_cpu(struct machine *m)
{
	m->clock_offset--;
	m->global = 1;
}

void machine_tell(struct machine *m)
{
	m->telling = 0;
	wake(m);
}

/* With the TSC deadline armed, KVM's own losses would be found. */
bool machine_can_save(const struct machine *m)
{
	return m->where == OUTSIDE && !m->telling && m->mode && listens(m) && !m->want_tsc;
}

/* The rest of the machine is a fresh one's. */
void machine_save(struct machine *m, u8 new_rate, bool keep)
{
	struct machine fresh = {
		.want_ns = keep ? m->want_ns : 0, .owed = m->owed, .violated = m->violated,
		.saved_ns = keep ? m->timer.deadline_ns : 0, .saved_clock = true_clock(m),
		.saved_tsc = guest_tsc(m), .saved_rate = m->rate,
		.saved_irr = m->irr, .now = m->now, .tsc_base = m->now, .master = m->now,
		.rate = new_rate, .request = 1, .todo = ALL_STEPS, .svr = 1,
		.armed = m->armed, .stands = m->stands,
	};

	memcpy(m, &fresh, sizeof(*m));
}

/* KVM refuses an x2APIC base before CPUID shows an x2APIC. */
bool machine_restorable(const struct machine *m, enum step step)
{
	return m->todo & 1 << step && (step != SREGS || m->cpuid);
}

static void restore_lapic(struct machine *m)
{
#ifndef BREAK_SET_LAPIC
	step(m, KVM_DEADLINE_EV_LAPIC_SET, 0);
#else
	step(m, KVM_DEADLINE_EV_DISABLE, 0);
#endif
	clock_moved(m);
	m->lvtt = 1;
	m->irr = m->saved_irr;
	cancel(m);
	update_lvtt(m);
	if (m->mode)
		start_tscdeadline(m, m->tscdeadline);
}

static void restore_tsc(struct machine *m, u64 tsc, u8 rate)
{
	m->tsc_base = m->now;
	m->tsc_start = tsc;
	m->rate = rate;
	clock_moved(m);
}

void machine_restore(struct machine *m, enum step which)
{
	m->todo &= ~(1 << which);
	switch (which) {
	case CPUID:
		m->cpuid = 1;
		return update_lvtt(m);
	case SREGS:
		m->present = 1;
		return;
	case LAPIC:
		return restore_lapic(m);
	case TSC:
		return restore_tsc(m, m->saved_tsc, m->rate);
	case TSC_KHZ:
		return restore_tsc(m, guest_tsc(m), m->saved_rate);
	case CLOCK_MSR:
		return clock_moved(m);
	case CLOCK:
		m->clock_offset = m->saved_clock - m->now;
		m->master = m->now;
		return clock_moved(m);
	case TSC_DEADLINE:
		return write_tsc_msr(m, 0);
	case DEADLINE:
#ifdef BREAK_STORE
		step(m, KVM_DEADLINE_EV_GUEST_WRITE, m->saved_ns);
#else
		step(m, KVM_DEADLINE_EV_HOST_WRITE, m->saved_ns);
#endif
		return clock_moved(m);
	case STEPS:
		return;
	}
}

/* Time goes on, however often KVM looks at an expiry that was not due. */
static void look(struct machine *m)
{
	machine_deliver(m);
	machine_tick(m);
}

/* What the machine does by itself, one step at a time, in the usual order. */
static void settle(struct machine *m)
{
	enum step which = 0;

	while (m->todo && !machine_restorable(m, which))
		which++;
	if (m->todo)
		machine_restore(m, which);
	else if (m->telling)
		machine_tell(m);
	else if (m->where == OUTSIDE)
		machine_enter(m);
	else if (m->where == HALTING)
		machine_halt(m);
	else if (machine_busy(m))
		m->where == BLOCKED ? machine_wake(m) : machine_process(m);
	else if (!m->present)
		machine_toggle_apic(m);
	else if (!m->svr)
		machine_toggle_svr(m);
	else if (m->pending && m->where == INSIDE)
		look(m);
	else if (m->hrtimer && m->now >= m->expires)
		machine_hrtimer(m);
	else
		machine_tick(m);
}

/* R05, R06, R03: each MSR reads as the rules say. */
static bool reads_wrong(const struct machine *m)
{
	u64 tsc_deadline = m->timer.deadline_ns ? 0 : m->tscdeadline;

	return !m->todo && (m->timer.deadline_ns != m->want_ns ||
			    tsc_deadline != m->want_tsc);
}

/* What no longer matters must not tell two states apart. */
void machine_tidy(struct machine *m)
{
	if (!m->hrtimer)
		m->expires = 0;
	if (m->timer.state != KVM_DEADLINE_ST_ARMED)
		m->timer.deadline_tsc = 0;
	if (!m->stands)
		m->armed = 0;
	if (m->todo)
		return;
	m->saved_ns = 0;
	m->saved_clock = 0;
	m->saved_tsc = 0;
	m->saved_rate = 0;
	m->saved_irr = 0;
}

unsigned int machine_violated(const struct machine *m)
{
	struct machine later = *m;
	int i;

	for (i = 0; i < SETTLED && (later.want_ns || later.owed); i++)
		settle(&later);
	if (later.want_ns || later.owed)
		violate(&later, NOT_LOST);
	return PROPERTY & (later.violated | (reads_wrong(m) ? EXCLUSIVE : 0));
}
