/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What our own files of QEMU take from it.  What they ask is written down in struct
 * asked, and answered as struct host says.
 */
#ifndef KVM_DEADLINE_QEMU_UNIT_H
#define KVM_DEADLINE_QEMU_UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <asm/kvm_para.h>
#include <cmocka.h>

#include "../../include/kvm_deadline.h"
#include "../../vmm/libkvmdeadline.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* target/i386/cpu.h */
enum { FEAT_1_ECX, FEAT_KVM, FEATURE_WORDS };

#define CPUID_EXT_TSC_DEADLINE_TIMER	(1U << 24)
#define CPUID_KVM_DEADLINE		(1U << KVM_FEATURE_DEADLINE)
#define MSR_IA32_TSCDEADLINE		0x6e0

typedef struct KVMState {
	int vmfd;
} KVMState;

typedef struct CPUState {
	int cpu_index;
	int kvm_fd;
	struct kvm_run *kvm_run;
	void *as;
} CPUState;

typedef struct X86CPU {
	CPUState parent;
	struct {
		uint64_t features[FEATURE_WORDS];
		uint64_t msr_kvm_deadline;
		uint64_t tsc_deadline;
	} env;
	uint64_t filtered_features[FEATURE_WORDS];
	bool expose_kvm;
	struct KVMDeadlineUser *kvm_deadline_user;
} X86CPU;

#define CPUS		2
#define CPU(cpu)	((CPUState *)(cpu))
#define X86_CPU(cpu)	((X86CPU *)(cpu))
#define CPU_FOREACH(cs) \
	for (int cpu_ = 0; cpu_ < CPUS && ((cs) = CPU(&cpus[cpu_])); cpu_++)

extern X86CPU cpus[CPUS];
extern KVMState *kvm_state;

/* qapi/error.h, qemu/error-report.h */
typedef struct Error Error;

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define error_setg(errp, ...)	((void)(errp), say(__VA_ARGS__))
#define error_report		say
#define warn_report_once	say

/* migration/vmstate.h */
typedef struct VMStateField {
	bool is_u64;
	size_t offset;
} VMStateField;

typedef struct VMStateDescription {
	const char *name;
	int version_id;
	int minimum_version_id;
	bool (*needed)(void *opaque);
	int (*post_load)(void *opaque, int version_id);
	const VMStateField *fields;
} VMStateDescription;

#define VMSTATE_UINT64(f, type)	{ true, offsetof(type, f) }
#define VMSTATE_END_OF_LIST()	{ false, 0 }

/* qemu/timer.h */
enum { QEMU_CLOCK_REALTIME = 7 };

typedef struct QEMUTimer {
	void (*callback)(void *opaque);
	void *opaque;
	int64_t expire_ns;
} QEMUTimer;

QEMUTimer *timer_new_ns(int clock, void (*callback)(void *opaque), void *opaque);
void timer_free(QEMUTimer *timer);
bool timer_pending(const QEMUTimer *timer);
void timer_mod(QEMUTimer *timer, int64_t expire_ns);
int64_t qemu_clock_get_ns(int clock);

#define g_new0(type, count)	((type *)calloc(count, sizeof(type)))
#define g_free			free

/* sysemu/runstate.h, hw/core/cpu.h */
typedef enum RunState { RUN_STATE_INTERNAL_ERROR = 4 } RunState;

void qemu_system_vmstop_request_prepare(void);
void qemu_system_vmstop_request(RunState state);
void qemu_add_vm_change_state_handler(void (*handler)(void *opaque, bool running,
						      RunState state), void *opaque);
void qemu_cpu_kick(CPUState *cs);

/* exec/memory.h */
typedef int MemTxResult;
enum { MEMTX_OK, MEMTX_ERROR };

#define MEMTXATTRS_UNSPECIFIED	0

MemTxResult address_space_read(void *as, uint64_t address, int attributes, void *to,
			       size_t bytes);

/* qom/object.h, and what qapi makes of KVMDeadlineBackend */
typedef struct Object Object;
typedef struct ObjectClass ObjectClass;
typedef enum KVMDeadlineBackend {
	KVM_DEADLINE_BACKEND_KERNEL,
	KVM_DEADLINE_BACKEND_USER,
	KVM_DEADLINE_BACKEND_AUTO,
} KVMDeadlineBackend;

typedef struct QEnumLookup {
	int unused;
} QEnumLookup;

extern const QEnumLookup KVMDeadlineBackend_lookup;

typedef int get_enum(struct Object *obj, struct Error **errp);
typedef void set_enum(Object *obj, int value, struct Error **errp);

void object_class_property_add_enum(ObjectClass *oc, const char *name, const char *type,
				    const QEnumLookup *lookup,
				    get_enum *get, set_enum *set);
void object_class_property_set_description(ObjectClass *oc, const char *name,
					   const char *description);

/* sysemu/kvm.h */
#define KVM_PUT_RUNTIME_STATE	1
#define KVM_PUT_RESET_STATE	2
#define KVM_PUT_FULL_STATE	3

bool kvm_irqchip_in_kernel(void);
int kvm_vm_check_extension(KVMState *s, unsigned int extension);

typedef void change_state(void *opaque, bool running, RunState state);
typedef bool (*read_msr)(struct X86CPU *cpu, uint32_t msr, uint64_t *value);
typedef bool (*write_msr)(struct X86CPU *cpu, uint32_t msr, uint64_t value);

#define NOW_NS	1000000

/**
 * struct host - what QEMU, KVM and the library answer
 * @split_apic: none in the kernel
 * @no_memory: the guest has none there
 * @refuses: the MSR whose filter KVM does not take
 * @extension: of KVM_CAP_X86_DEADLINE
 * @offer: of kvmdl_probe()
 * @init_ret: of kvmdl_vcpu_init()
 * @ret: of every other call of the library
 * @check_ns: of kvmdl_next_check_ns()
 */
struct host {
	bool split_apic;
	bool no_memory;
	uint32_t refuses;
	int extension;
	enum kvmdl_backend offer;
	int init_ret;
	int ret;
	uint64_t check_ns;
};

/**
 * struct asked - what our files did
 * @said: the last words
 * @calls: one after another
 * @timer: the one there is
 * @read_memory: given to the library
 * @state_handler: given to QEMU, as are the next
 * @get: of the property
 * @set: of the property
 * @rdmsr: of the TSC deadline and of ours
 * @wrmsr: the same
 */
struct asked {
	char said[200];
	char calls[200];
	QEMUTimer *timer;
	kvmdl_read_memory *read_memory;
	change_state *state_handler;
	int (*get)(struct Object *obj, struct Error **errp);
	void (*set)(Object *obj, int value, struct Error **errp);
	read_msr rdmsr[2];
	write_msr wrmsr[2];
};

extern struct host host;
extern struct asked asked;

int set_up(void **state);

#define TEST(name) cmocka_unit_test_setup(name, set_up)

extern const struct CMUnitTest feature_tests[], library_tests[];
extern const size_t feature_tests_count, library_tests_count;

#endif /* KVM_DEADLINE_QEMU_UNIT_H */
