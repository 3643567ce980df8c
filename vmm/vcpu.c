// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * One vCPU's MSR_KVM_DEADLINE on the in-kernel TSC deadline timer.
 *
 * The deadline is the truth.  KVM is given the TSC value that reaches it, and that
 * value read back tells what became of the timer: unchanged - it still waits or
 * its expiry is pending (R13); 0 - fired, disarmed, or never accepted because the
 * LVT is in another mode (R03, R07, R08); another - the guest took the TSC MSR.
 */

/* QEMU's copy of the next one takes these types for granted. */
#include <stdint.h>
#include <asm/kvm_para.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "../include/kvm_deadline.h"
#include "vcpu.h"

#define NSEC_PER_SEC		1000000000ull
/*
 * R15: stock KVM's ticks * 10^6 wraps in 64 bits, so it is never given more than
 * these, an hour at 5 GHz.  The VMM has to look again long before they have
 * passed, or the guest would get its vector there.  It may be as much as 1.5 times
 * CHECK_NS late, see look_at_host(), and the TSC may run at 10 GHz.
 */
#define NEAR_TICKS		18000000000000ull
#define CHECK_NS		(900 * NSEC_PER_SEC)
/* The same when KVM can be given nothing at all, as the TSC is about to wrap. */
#define WRAP_CHECK_NS		(NSEC_PER_SEC / 100)
/*
 * How far ahead of its reading a cached page is used.  Nobody tells when the guest
 * moves its page: until KVM is asked again, at the latest this much later, the
 * page in the old place is used.
 */
#define CACHED_NS		NSEC_PER_SEC
/* No suspend is shorter; what two readings of clocks are apart should not count. */
#define SUSPEND_NS		(NSEC_PER_SEC / 1000)

enum { TSC_DEADLINE, TSC, CLOCK_MSR, MSRS };

/* In the layout of struct kvm_msrs, which ends in an array without a length. */
struct msrs {
	__u32 nmsrs;
	__u32 pad;
	struct kvm_msr_entry entry[MSRS];
};

static struct vcpu *vcpu_of(struct kvmdl_vcpu *handle)
{
	return (struct vcpu *)handle;
}

/* Both ioctls return the number of MSRs done. */
static int transfer(int fd, unsigned long request, struct msrs *msrs)
{
	int ret = ioctl(fd, request, msrs);

	if (ret < 0)
		return -errno;
	return ret == (int)msrs->nmsrs ? 0 : -EIO;
}

static int set_msr(struct vcpu *vcpu, uint32_t index, uint64_t value)
{
	struct msrs msrs = {
		.nmsrs = 1,
		.entry[0] = { .index = index, .data = value },
	};

	return transfer(vcpu->fd, KVM_SET_MSRS, &msrs);
}

static int get_msr(struct vcpu *vcpu, uint32_t index, uint64_t *value)
{
	struct msrs msrs = { .nmsrs = 1, .entry[0].index = index };
	int ret = transfer(vcpu->fd, KVM_GET_MSRS, &msrs);

	*value = msrs.entry[0].data;
	return ret;
}

static int get_msrs(struct vcpu *vcpu, struct msrs *msrs)
{
	*msrs = (struct msrs) {
		.nmsrs = MSRS,
		.entry[TSC_DEADLINE].index = MSR_IA32_TSC_DEADLINE,
		.entry[TSC].index = MSR_IA32_TSC,
		.entry[CLOCK_MSR].index = MSR_KVM_SYSTEM_TIME_NEW,
	};
	return transfer(vcpu->fd, KVM_GET_MSRS, msrs);
}

static uint64_t host_ns(clockid_t id)
{
	struct timespec now = { 0 };

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static enum kvm_deadline_action step(struct vcpu *vcpu,
				     enum kvm_deadline_event event, uint64_t value,
				     uint64_t tsc,
				     const struct kvm_deadline_clock *clock)
{
	struct kvm_deadline_input input = {
		.event = event, .mode_ok = true, .value = value, .tsc = tsc,
		.clock = clock,
	};

	return kvm_deadline_step(&vcpu->timer, &input);
}

/* Learn from the value of the TSC MSR what became of the deadline. */
static void sync_from_kvm(struct vcpu *vcpu, uint64_t tsc_deadline)
{
	uint64_t expected = 0;

	if (vcpu->timer.state == KVM_DEADLINE_ST_ARMED)
		expected = vcpu->programmed_tsc;
	/* Whatever it is now, it is KVM's; nothing has to be stopped. */
	if (tsc_deadline != expected)
		step(vcpu, KVM_DEADLINE_EV_DISABLE, 0, 0, NULL);
}

/* The factor that KVM publishes for this rate, not 0: 2^31 <= mul < 2^32. */
static void set_rate(struct kvm_deadline_clock *clock, uint64_t hz)
{
	clock->tsc_shift = 0;
	for (; hz > 2 * NSEC_PER_SEC; hz >>= 1)
		clock->tsc_shift--;
	for (; hz <= NSEC_PER_SEC; hz <<= 1)
		clock->tsc_shift++;
	clock->tsc_to_system_mul = (NSEC_PER_SEC << 32) / hz;
}

static bool read_page(const struct vcpu *vcpu, uint64_t clock_msr,
		      struct kvm_deadline_page *page)
{
	return vcpu->read_memory(vcpu->opaque, clock_msr & ~(uint64_t)1, page,
				 sizeof(*page));
}

/* The page is the guest's: any content may only spoil this guest's own timer. */
static bool clock_from_page(struct vcpu *vcpu, const struct msrs *msrs,
			    struct kvm_deadline_clock *clock)
{
	struct cached_page *cached = &vcpu->cached;
	uint64_t now_ns;

	cached->clock_msr = msrs->entry[CLOCK_MSR].data;
	cached->tsc = msrs->entry[TSC].data;
	cached->until_ns = 0;
	if (!vcpu->page_valid || !vcpu->read_memory || !(cached->clock_msr & 1))
		return false;
	if (!read_page(vcpu, cached->clock_msr, &cached->page) ||
	    cached->page.version & 1)
		return false;
	kvm_deadline_page_copy(&cached->page, clock);
	now_ns = kvm_deadline_clock_ns(clock, cached->tsc);
	if (now_ns < UINT64_MAX - CACHED_NS)
		cached->until_ns = now_ns + CACHED_NS;
	return true;
}

/* The page again, if it is what it was: KVM changes all of it, or nothing. */
static bool clock_from_cache(const struct vcpu *vcpu, uint64_t deadline_ns,
			     struct kvm_deadline_clock *clock)
{
	struct kvm_deadline_page page;

	if (deadline_ns >= vcpu->cached.until_ns ||
	    !read_page(vcpu, vcpu->cached.clock_msr, &page) ||
	    memcmp(&page, &vcpu->cached.page, sizeof(page)))
		return false;
	kvm_deadline_page_copy(&page, clock);
	return true;
}

/*
 * The TSC is read after the clock: K is taken for too little, never too much.  By
 * how much the TSC before it shows, and @tsc and @clock are the best so far.
 */
static int read_clock(struct vcpu *vcpu, uint64_t *least, uint64_t *tsc,
		      struct kvm_deadline_clock *clock)
{
	struct kvm_clock_data data = { 0 };
	uint64_t before, after;
	int ret = get_msr(vcpu, MSR_IA32_TSC, &before);

	if (!ret && ioctl(vcpu->vm_fd, KVM_GET_CLOCK, &data) < 0)
		ret = -errno;
	if (!ret)
		ret = get_msr(vcpu, MSR_IA32_TSC, &after);
	if (ret || after - before >= *least)
		return ret;
	*least = after - before;
	*tsc = after;
	clock->system_time = data.clock;
	clock->tsc_timestamp = after;
	return 0;
}

/* Others may run in the middle of one reading, hardly in each of three. */
static int clock_from_kvm(struct vcpu *vcpu, uint64_t *tsc,
			  struct kvm_deadline_clock *clock)
{
	int khz = ioctl(vcpu->fd, KVM_GET_TSC_KHZ, 0);
	uint64_t least = UINT64_MAX;
	int i, ret = 0;

	if (khz <= 0)
		return khz < 0 ? -errno : -EIO;
	set_rate(clock, (uint64_t)khz * 1000);
	for (i = 0; !ret && i < 3; i++)
		ret = read_clock(vcpu, &least, tsc, clock);
	return ret;
}

/* What KVM is given for a deadline of the guest's TSC: never more than it can take. */
static uint64_t tsc_for_kvm(uint64_t deadline_tsc, uint64_t tsc)
{
	if (deadline_tsc > tsc && deadline_tsc - tsc > NEAR_TICKS)
		return tsc + NEAR_TICKS;
	/* It would fire there. */
	return deadline_tsc == KVM_DEADLINE_TSC_NEVER ? 0 : deadline_tsc;
}

/* Take the step that arms, and give KVM the outcome; @tsc is not later than now. */
static int program_kvm(struct vcpu *vcpu, enum kvm_deadline_event event,
		       uint64_t value, uint64_t tsc,
		       const struct kvm_deadline_clock *clock)
{
	step(vcpu, event, value, tsc, clock);
	vcpu->reevaluate = false;
	vcpu->programmed_tsc = tsc_for_kvm(vcpu->timer.deadline_tsc, tsc);
	if (vcpu->programmed_tsc != vcpu->timer.deadline_tsc)
		vcpu->programmed_ns = host_ns(CLOCK_MONOTONIC);
	return set_msr(vcpu, MSR_IA32_TSC_DEADLINE, vcpu->programmed_tsc);
}

/* Derive the clock first. */
static int arm(struct vcpu *vcpu, enum kvm_deadline_event event, uint64_t value,
	       const struct msrs *msrs)
{
	uint64_t tsc = msrs->entry[TSC].data;
	struct kvm_deadline_clock clock;
	int ret = 0;

	if (!clock_from_page(vcpu, msrs, &clock))
		ret = clock_from_kvm(vcpu, &tsc, &clock);
	return ret ? ret : program_kvm(vcpu, event, value, tsc, &clock);
}

int kvmdl_vcpu_init(struct kvmdl_vcpu *handle, size_t size,
		    enum kvmdl_backend backend, int vm_fd, int vcpu_fd,
		    struct kvm_run *run, kvmdl_read_memory *read_memory,
		    void *opaque)
{
	struct kvm_lapic_state lapic;

	if (size < sizeof(struct vcpu) ||
	    (backend != KVMDL_KERNEL && backend != KVMDL_USER))
		return -EINVAL;
	/* R11: refused by a vCPU whose APIC is not KVM's, as KVM has it, too. */
	if (ioctl(vcpu_fd, KVM_GET_LAPIC, &lapic) < 0)
		return -errno;
	memset(handle, 0, size);
	*vcpu_of(handle) = (struct vcpu) {
		.suspended_ns = host_ns(CLOCK_BOOTTIME) - host_ns(CLOCK_MONOTONIC),
		.run = run,
		.read_memory = read_memory,
		.opaque = opaque,
		.vm_fd = vm_fd,
		.fd = vcpu_fd,
		.backend = backend,
	};
	return 0;
}

static void clock_changed(struct vcpu *vcpu)
{
	vcpu->reevaluate = true;
	vcpu->entered = false;
	vcpu->page_valid = false;
	vcpu->cached.until_ns = 0;
}

/* How long what KVM was given may stand; 0 for as long as the deadline itself. */
static uint64_t check_ns(const struct vcpu *vcpu)
{
	if (vcpu->timer.state != KVM_DEADLINE_ST_ARMED ||
	    vcpu->programmed_tsc == vcpu->timer.deadline_tsc)
		return 0;
	return vcpu->programmed_tsc ? CHECK_NS : WRAP_CHECK_NS;
}

/*
 * What nobody reports: a suspend of the host, in which kvmclock went on and KVM's
 * timer did not (R14), and that a far deadline is due for its next part.  The VMM
 * may come for that a little early, by a clock of its own, hence the half.
 */
static void look_at_host(struct vcpu *vcpu)
{
	uint64_t now_ns = host_ns(CLOCK_MONOTONIC);
	uint64_t suspended_ns = host_ns(CLOCK_BOOTTIME) - now_ns;
	uint64_t check = check_ns(vcpu);

	if ((int64_t)(suspended_ns - vcpu->suspended_ns) > (int64_t)SUSPEND_NS)
		clock_changed(vcpu);
	vcpu->suspended_ns = suspended_ns;
	if (check && now_ns - vcpu->programmed_ns >= check / 2)
		vcpu->reevaluate = true;
}

static int reevaluate(struct vcpu *vcpu)
{
	struct msrs msrs;
	int ret = get_msrs(vcpu, &msrs);

	if (ret)
		return ret;
	sync_from_kvm(vcpu, msrs.entry[TSC_DEADLINE].data);
	if (vcpu->timer.state == KVM_DEADLINE_ST_OFF)
		return 0;
	return arm(vcpu, KVM_DEADLINE_EV_CLOCK_PUBLISHED, 0, &msrs);
}

int kvmdl_before_run(struct kvmdl_vcpu *handle)
{
	struct vcpu *vcpu = vcpu_of(handle);
	int ret = 0;

	if (vcpu->timer.state != KVM_DEADLINE_ST_OFF) {
		/* Not for the few microseconds since an access: an arm is to be cheap. */
		if (!vcpu->just_served)
			look_at_host(vcpu);
		if (vcpu->reevaluate)
			ret = reevaluate(vcpu);
	}
	vcpu->just_served = false;
	vcpu->entered = true;
	return ret;
}

/* R05: 0 disarms only what is ours. */
static int disarm(struct vcpu *vcpu, enum kvm_deadline_event event)
{
	if (step(vcpu, event, 0, 0, NULL) != KVM_DEADLINE_DO_STOP)
		return 0;
	return set_msr(vcpu, MSR_IA32_TSC_DEADLINE, 0);
}

static int guest_write(struct vcpu *vcpu, uint64_t value)
{
	struct kvm_deadline_clock clock;
	struct msrs msrs;
	int ret;

	/* The usual case: whatever the timer was is replaced, in one system call. */
	if (value && clock_from_cache(vcpu, value, &clock))
		return program_kvm(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, value,
				   vcpu->cached.tsc, &clock);
	ret = get_msrs(vcpu, &msrs);
	if (ret)
		return ret;
	sync_from_kvm(vcpu, msrs.entry[TSC_DEADLINE].data);
	if (!value)
		return disarm(vcpu, KVM_DEADLINE_EV_GUEST_WRITE);
	return arm(vcpu, KVM_DEADLINE_EV_GUEST_WRITE, value, &msrs);
}

static int read_both(struct vcpu *vcpu, struct kvmdl_state *state)
{
	uint64_t tsc_deadline;
	int ret = get_msr(vcpu, MSR_IA32_TSC_DEADLINE, &tsc_deadline);

	if (ret)
		return ret;
	sync_from_kvm(vcpu, tsc_deadline);
	state->deadline_ns = vcpu->timer.deadline_ns;
	/* R06: what KVM was given for ours is nobody's business. */
	state->tsc_deadline = state->deadline_ns ? 0 : tsc_deadline;
	return 0;
}

static int guest_read(struct vcpu *vcpu)
{
	struct kvmdl_state state;
	int ret = read_both(vcpu, &state);

	if (ret)
		return ret;
	vcpu->run->msr.data = vcpu->run->msr.index == MSR_KVM_DEADLINE ?
			      state.deadline_ns : state.tsc_deadline;
	return ret;
}

static bool is_ours(const struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	bool read = run->exit_reason == KVM_EXIT_X86_RDMSR;

	if (vcpu->backend != KVMDL_USER ||
	    (!read && run->exit_reason != KVM_EXIT_X86_WRMSR) ||
	    run->msr.reason != KVM_MSR_EXIT_REASON_FILTER)
		return false;
	return run->msr.index == MSR_KVM_DEADLINE ||
	       (read && run->msr.index == MSR_IA32_TSC_DEADLINE);
}

int kvmdl_handle_exit(struct kvmdl_vcpu *handle)
{
	struct vcpu *vcpu = vcpu_of(handle);
	struct kvm_run *run = vcpu->run;
	int ret;

	if (!is_ours(vcpu))
		return 0;

	/* The guest ran, and KVM publishes the clock before it lets it. */
	vcpu->page_valid = vcpu->entered;
	vcpu->just_served = true;
	run->msr.error = run->msr.index == MSR_KVM_DEADLINE && !vcpu->exposed;
	if (run->msr.error)
		return 1;
	if (run->exit_reason == KVM_EXIT_X86_RDMSR)
		ret = guest_read(vcpu);
	else
		ret = guest_write(vcpu, run->msr.data);
	return ret ? ret : 1;
}

uint64_t kvmdl_next_check_ns(const struct kvmdl_vcpu *handle)
{
	return check_ns((const struct vcpu *)handle);
}

void kvmdl_changed(struct kvmdl_vcpu *handle)
{
	clock_changed(vcpu_of(handle));
}

int kvmdl_reset(struct kvmdl_vcpu *handle)
{
	struct vcpu *vcpu = vcpu_of(handle);
	struct kvmdl_state state;
	int ret;

	if (vcpu->backend == KVMDL_KERNEL)
		return set_msr(vcpu, MSR_KVM_DEADLINE, 0);
	clock_changed(vcpu);
	ret = read_both(vcpu, &state);
	return ret ? ret : disarm(vcpu, KVM_DEADLINE_EV_DISABLE);
}

static int read_state(struct vcpu *vcpu, struct kvmdl_state *state)
{
	int ret;

	if (vcpu->backend == KVMDL_USER)
		return read_both(vcpu, state);
	ret = get_msr(vcpu, MSR_KVM_DEADLINE, &state->deadline_ns);
	return ret ? ret : get_msr(vcpu, MSR_IA32_TSC_DEADLINE, &state->tsc_deadline);
}

int kvmdl_get(struct kvmdl_vcpu *handle, struct kvmdl_state *state, size_t size)
{
	if (size < sizeof(*state))
		return -EINVAL;
	/* What a VMM of a later header asks for beyond this is not in use. */
	memset(state, 0, size);
	return read_state(vcpu_of(handle), state);
}

int kvmdl_set(struct kvmdl_vcpu *handle, uint64_t deadline_ns)
{
	struct vcpu *vcpu = vcpu_of(handle);
	struct kvmdl_state state;
	int ret;

	if (vcpu->backend == KVMDL_KERNEL)
		return set_msr(vcpu, MSR_KVM_DEADLINE, deadline_ns);
	ret = read_both(vcpu, &state);
	if (ret)
		return ret;
	if (!deadline_ns)
		return disarm(vcpu, KVM_DEADLINE_EV_HOST_WRITE);
	step(vcpu, KVM_DEADLINE_EV_HOST_WRITE, deadline_ns, 0, NULL);
	vcpu->reevaluate = true;
	return set_msr(vcpu, MSR_IA32_TSC_DEADLINE, 0);
}
