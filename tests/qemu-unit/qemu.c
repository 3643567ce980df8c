// SPDX-License-Identifier: GPL-2.0-only
/* QEMU, KVM and the library: each call is written down, and answered as host says. */
#include <stdio.h>

#include "kvm-deadline-user.h"

struct host host;
struct asked asked;
X86CPU cpus[CPUS];
const QEnumLookup KVMDeadlineBackend_lookup;

static KVMState state;
KVMState *kvm_state;

static void call(const char *format, ...)
{
	size_t length = strlen(asked.calls);
	va_list args;

	va_start(args, format);
	vsnprintf(asked.calls + length, sizeof(asked.calls) - length, format, args);
	va_end(args);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(asked.said, sizeof(asked.said), format, args);
	va_end(args);
}

/* A CPU with the feature and whatever it needs, on a KVM that has the MSR. */
int set_up(void **unused)
{
	int i;

	for (i = 0; i < CPUS; i++) {
		kvm_deadline_user_destroy_vcpu(&cpus[i]);
		cpus[i] = (X86CPU) {
			.parent = { .cpu_index = i, .kvm_fd = 10 + i, .as = &cpus[i] },
			.expose_kvm = true,
		};
		cpus[i].env.features[FEAT_1_ECX] = CPUID_EXT_TSC_DEADLINE_TIMER;
		cpus[i].env.features[FEAT_KVM] = CPUID_KVM_DEADLINE |
						 1U << KVM_FEATURE_CLOCKSOURCE2;
	}
	state.vmfd = 9;
	kvm_state = &state;
	host = (struct host) { .extension = 1, .offer = KVMDL_KERNEL };
	memset(&asked, 0, sizeof(asked));
	return 0;
}

bool kvm_irqchip_in_kernel(void)
{
	return !host.split_apic;
}

int kvm_vm_check_extension(KVMState *s, unsigned int extension)
{
	assert_ptr_equal(s, kvm_state);
	assert_int_equal(extension, KVM_CAP_X86_DEADLINE);
	return host.extension;
}

bool kvm_deadline_filter_msr(uint32_t msr,
			     bool (*rdmsr)(X86CPU *, uint32_t, uint64_t *),
			     bool (*wrmsr)(X86CPU *, uint32_t, uint64_t))
{
	int ours = msr == MSR_KVM_DEADLINE;

	assert_true(ours || msr == MSR_IA32_TSCDEADLINE);
	call("filter%d ", ours);
	asked.rdmsr[ours] = rdmsr;
	asked.wrmsr[ours] = wrmsr;
	return msr != host.refuses;
}

QEMUTimer *timer_new_ns(int clock, void (*callback)(void *opaque), void *opaque)
{
	QEMUTimer *timer = calloc(1, sizeof(*timer));

	assert_int_equal(clock, QEMU_CLOCK_REALTIME);
	*timer = (QEMUTimer) { .callback = callback, .opaque = opaque };
	asked.timer = timer;
	return timer;
}

void timer_free(QEMUTimer *timer)
{
	call("free ");
	free(timer);
}

bool timer_pending(const QEMUTimer *timer)
{
	return timer->expire_ns;
}

void timer_mod(QEMUTimer *timer, int64_t expire_ns)
{
	call("mod ");
	timer->expire_ns = expire_ns;
}

int64_t qemu_clock_get_ns(int clock)
{
	assert_int_equal(clock, QEMU_CLOCK_REALTIME);
	return NOW_NS;
}

void qemu_system_vmstop_request_prepare(void)
{
	call("prepare ");
}

void qemu_system_vmstop_request(RunState run_state)
{
	call("stop%d ", run_state);
}

void qemu_add_vm_change_state_handler(void (*handler)(void *opaque, bool running,
						      RunState state), void *opaque)
{
	call("handler ");
	asked.state_handler = handler;
}

void qemu_cpu_kick(CPUState *cs)
{
	call("kick%d ", cs->cpu_index);
}

MemTxResult address_space_read(void *as, uint64_t address, int attributes, void *to,
			       size_t bytes)
{
	if (host.no_memory)
		return MEMTX_ERROR;
	call("read%d ", X86_CPU(as)->parent.cpu_index);
	memcpy(to, &address, sizeof(address));
	return MEMTX_OK;
}

void object_class_property_add_enum(ObjectClass *oc, const char *name, const char *type,
				    const QEnumLookup *lookup,
				    get_enum *get, set_enum *set)
{
	call("%s:%s ", name, type);
	asked.get = get;
	asked.set = set;
}

void object_class_property_set_description(ObjectClass *oc, const char *name,
					   const char *description)
{
	assert_true(*description);
	call("%s ", name);
}

enum kvmdl_backend kvmdl_probe(int vm_fd, const char **reason)
{
	assert_int_equal(vm_fd, kvm_state->vmfd);
	*reason = "the library's reason";
	return host.offer;
}

int kvmdl_vcpu_init(struct kvmdl_vcpu *vcpu, size_t size, enum kvmdl_backend backend,
		    int vm_fd, int vcpu_fd, struct kvm_run *run,
		    kvmdl_read_memory *read_memory, void *opaque)
{
	assert_int_equal(size, sizeof(*vcpu));
	assert_int_equal(backend, KVMDL_USER);
	assert_int_equal(vm_fd, kvm_state->vmfd);
	assert_int_equal(vcpu_fd, CPU(opaque)->kvm_fd);
	assert_ptr_equal(run, CPU(opaque)->kvm_run);
	call("init ");
	asked.read_memory = read_memory;
	return host.init_ret;
}

int kvmdl_set_cpuid(struct kvmdl_vcpu *vcpu, const struct kvm_cpuid2 *cpuid)
{
	call("cpuid ");
	return host.ret;
}

int kvmdl_before_run(struct kvmdl_vcpu *vcpu)
{
	call("before_run ");
	return host.ret;
}

int kvmdl_handle_exit(struct kvmdl_vcpu *vcpu)
{
	call("exit ");
	return host.ret;
}

uint64_t kvmdl_next_check_ns(const struct kvmdl_vcpu *vcpu)
{
	return host.check_ns;
}

void kvmdl_changed(struct kvmdl_vcpu *vcpu)
{
	call("changed ");
}

int kvmdl_get(struct kvmdl_vcpu *vcpu, struct kvmdl_state *to, size_t size)
{
	assert_int_equal(size, sizeof(*to));
	*to = (struct kvmdl_state) { .deadline_ns = 42, .tsc_deadline = 43 };
	return host.ret;
}

int kvmdl_set(struct kvmdl_vcpu *vcpu, uint64_t deadline_ns)
{
	call("set%d ", (int)deadline_ns);
	return host.ret;
}
