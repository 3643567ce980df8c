// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests as a VMM that uses libkvmdeadline: which calls it makes when.
 *
 * What the library cannot keep is listed here with the reason, as in the head of
 * libkvmdeadline.h; all other tests must pass on a KVM that knows nothing of it.
 */
#include <string.h>
#include <unistd.h>

#include "rules.h"
#include "user.h"

/* More than any test has open at once. */
#define FDS	1024

/* The VM that an fd of KVM's is of. */
static struct vm *vm_of[FDS];

/* How a test's name starts or, after '*', ends; and why it is left out. */
struct unfit {
	const char *test;
	const char *reason;
};

static const struct unfit unfit[] = {
	{ "*traced", "only a kernel that has the MSR has trace events for it" },
	{ "R02_never_early_by_timer_advance",
	  "on stock KVM the IRR shows a TSC deadline early by the advance" },
	{ "R05_zero_to_the_other",
	  "a guest's zero write to the TSC MSR reaches KVM, and disarms" },
	{ "R07_mode_with_our_bit_alone",
	  "on stock KVM mode 10b needs the TSC_DEADLINE bit" },
	{ "R07_tsc_msr_with_our_bit_alone",
	  "on stock KVM mode 10b needs the TSC_DEADLINE bit" },
	{ "R08_disabling_the_apic", "KVM keeps its timer while the APIC is disabled" },
	{ "R08_dropped", "KVM drops an expiry without a word" },
	{ "R08_non_zero", "KVM drops an expiry without a word" },
	{ "R10_or_exits_as_unknown",
	  "the MSR is filtered, so its exits are never those of an unknown one" },
	{ "R11_in_the_index_list", "KVM's list has KVM's MSRs only" },
	{ "R11_reached_as_one_reg", "KVM's registers have KVM's MSRs only" },
	{ "R11_capability", "KVM_CAP_X86_DEADLINE is of a kernel that has the MSR" },
	{ "R14_guest_tsc", "nobody reports the guest's own TSC writes" },
	{ "R14_host_suspended_busy",
	  "a busy vCPU leaves KVM_RUN for the VMM's report as a halted one does" },
	{ "R14_master_clock",
	  "only a kernel that has the MSR traces how often it is evaluated anew" },
	{ "R15_hours_cost",
	  "only a kernel that has the MSR traces how often it is armed again" },
	{ "R16_busy", "an arm costs an exit to userspace" },
	{ "R16_fastpath", "an arm costs an exit to userspace" },
	{ "R16_halted", "an arm costs an exit to userspace" },
	{ "R17_no_msr_no_number", "the library is there to serve the MSR" },
	{ "R17_tsc_deadline_in_any", "the library does not see the TSC MSR written" },
	{ NULL, NULL }
};

/* Where time is real the machine is too busy at times. */
static const struct unfit unfit_in_real_time[] = {
	{ "R02_early_host_timer", "this machine's clock is not ours to slew" },
	{ "R12_any_order", "it gives a timer up after 10 ms, virtual ones" },
	{ "R14_host_suspended", "this machine is not ours to suspend" },
	{ "R17_tsc_deadline_in_any", "it gives a timer up after 10 ms, virtual ones" },
	{ NULL, NULL }
};

/* Seen on a KVM in a virtual machine that runs its guests by page tables alone. */
static const struct unfit unfit_for_software_kvm[] = {
	{ "R05_past_takes_over", "a software KVM lets an interrupt in late" },
	{ "R09_masked", "a software KVM lets an interrupt in late" },
	{ "R13_saved_at_any", "a software KVM has it in flight, where none can see it" },
	{ "R14_host_tsc_write", "a software KVM reads back the TSC that was before" },
	{ NULL, NULL }
};

static bool is_called(const char *test, const char *how)
{
	size_t bytes = strlen(how);

	if (*how != '*')
		return !strncmp(test, how, bytes);
	return strlen(test) >= bytes - 1 &&
	       !strcmp(test + strlen(test) - (bytes - 1), how + 1);
}

static const char *reason_in(const struct unfit *list, const char *test)
{
	while (list->test && !is_called(test, list->test))
		list++;
	return list->reason;
}

const char *user_unfit(const char *test)
{
	return reason_in(unfit, test);
}

static bool is_software_kvm(void)
{
	/* Neither VMX nor SVM. */
	return access("/sys/module/kvm_intel", F_OK) && access("/sys/module/kvm_amd", F_OK);
}

const char *real_time_unfit(const char *test)
{
	const char *reason = reason_in(unfit_in_real_time, test);

	if (!reason && is_software_kvm())
		reason = reason_in(unfit_for_software_kvm, test);
	return reason;
}

const char *user_lacking(struct vm *vm)
{
	const char *reason;

	return kvmdl_probe(vm->fd, &reason) == KVMDL_NONE ? reason : NULL;
}

static void remember(int fd, struct vm *vm)
{
	EXPECT(fd, <, FDS);
	vm_of[fd] = vm;
}

void user_vm_new(struct vm *vm)
{
	struct kvm_msr_filter filter = { 0 };
	struct kvm_enable_cap cap = { .cap = KVM_CAP_X86_USER_SPACE_MSR };
	u64 reasons = 0;

	EXPECT(kvmdl_filter_merge(&filter, &reasons), ==, 0);
	cap.args[0] = reasons;
	VM_IOCTL(vm->fd, KVM_ENABLE_CAP, &cap);
	VM_IOCTL(vm->fd, KVM_X86_SET_MSR_FILTER, &filter);
	remember(vm->fd, vm);
}

void user_vm_free(struct vm *vm)
{
	int i;

	remember(vm->fd, NULL);
	for (i = 0; i < vm->vcpus; i++)
		remember(vm->vcpu[i].fd, NULL);
}

static bool guest_read(void *opaque, u64 guest_physical, void *to, size_t bytes)
{
	(void)opaque;
	if (guest_physical < (u64)__executable_start || guest_physical >= (u64)_end ||
	    (u64)_end - guest_physical < bytes)
		return false;
	memcpy(to, (void *)guest_physical, bytes);
	return true;
}

void user_vcpu_new(struct vcpu *vcpu)
{
	int ret = kvmdl_vcpu_init(&vcpu->timer, sizeof(vcpu->timer), KVMDL_USER,
				  vcpu->vm->fd, vcpu->fd, vcpu->run, guest_read, NULL);

	/* Without an APIC there is nothing to serve. */
	vcpu->served = !ret;
	remember(vcpu->fd, vcpu->vm);
}

void user_set_cpuid(struct vcpu *vcpu, const struct kvm_cpuid2 *cpuid)
{
	if (vcpu->served)
		EXPECT(kvmdl_set_cpuid(&vcpu->timer, cpuid), ==, 0);
}

void user_before_run(struct vcpu *vcpu)
{
	if (vcpu->served && !vcpu->run->immediate_exit)
		EXPECT(kvmdl_before_run(&vcpu->timer), ==, 0);
}

bool user_handle_kick(struct vcpu *vcpu)
{
	if (!atomic_exchange(&vcpu->told, false))
		return false;
	vcpu->run->immediate_exit = 0;
	kvmdl_changed(&vcpu->timer);
	return true;
}

bool user_handle_exit(struct vcpu *vcpu)
{
	int ret = vcpu->served ? kvmdl_handle_exit(&vcpu->timer) : 0;

	EXPECT(ret, >=, 0);
	return ret;
}

/* Its calls come from the thread that runs it, so that one has to make it. */
void user_changed(struct vcpu *vcpu)
{
	if (!vcpu->served)
		return;
	if (!vcpu->tid) {
		kvmdl_changed(&vcpu->timer);
		return;
	}
	atomic_store(&vcpu->told, true);
	vcpu->run->immediate_exit = 1;
	vcpu_kick(vcpu);
}

static bool moves_clock(unsigned long request, const void *arg)
{
	const struct kvm_msrs *msrs = arg;

	return request == KVM_SET_CLOCK || request == KVM_SET_TSC_KHZ ||
	       request == KVM_SET_LAPIC || request == KVM_SET_DEVICE_ATTR ||
	       (request == KVM_SET_MSRS && msrs->entries[0].index == MSR_IA32_TSC);
}

void user_notice(int fd, unsigned long request, const void *arg)
{
	struct vm *vm = fd < FDS ? vm_of[fd] : NULL;
	int i;

	if (!vm || !moves_clock(request, arg))
		return;
	for (i = 0; i < vm->vcpus; i++)
		user_changed(&vm->vcpu[i]);
}

bool user_put_msr(struct vcpu *vcpu, u32 msr, u64 value, int *done)
{
	if (msr != MSR_KVM_DEADLINE)
		return false;
	*done = vcpu->served ? !kvmdl_set(&vcpu->timer, value) : !value;
	return true;
}

bool user_get_msr(struct vcpu *vcpu, u32 msr, u64 *value)
{
	struct kvmdl_state state = { 0 };

	if (msr != MSR_KVM_DEADLINE && msr != MSR_IA32_TSC_DEADLINE)
		return false;
	if (vcpu->served)
		EXPECT(kvmdl_get(&vcpu->timer, &state, sizeof(state)), ==, 0);
	*value = msr == MSR_KVM_DEADLINE ? state.deadline_ns : state.tsc_deadline;
	return true;
}
