/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host side of a test may call: VMs made of raw KVM ioctls. */
#ifndef RULES_VM_H
#define RULES_VM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "../../../vmm/libkvmdeadline.h"
#include "guest.h"

/* Which timer bits the guest's CPUID shows, and where KVM's leaves are. */
#define CPUID_TSC_DEADLINE	(1u << 0)
#define CPUID_KVM_DEADLINE	(1u << 1)
#define CPUID_BOTH		(CPUID_TSC_DEADLINE | CPUID_KVM_DEADLINE)
#define CPUID_NO_KVM_LEAF	(1u << 2)
#define CPUID_HYPERV_FIRST	(1u << 3)

/* From the linker: the program's first and last byte. */
extern char __executable_start[], _end[];

#define HOUR_NS			(3600ull * 1000000000)

#define VCPUS_MAX		8

enum irqchip { IRQCHIP_KERNEL, IRQCHIP_SPLIT, IRQCHIP_NONE };

struct vcpu {
	struct vm *vm;
	int fd;
	int id;
	struct kvm_run *run;
	pthread_t thread;
	pid_t tid;		/* while the thread runs */
	/* With user_backend: */
	struct kvmdl_vcpu timer;
	bool served;		/* by the library: there is an APIC */
	atomic_bool told;	/* the clock has changed while it ran */
};

struct vm {
	int kvm;
	int fd;
	int vcpus;
	struct vcpu vcpu[VCPUS_MAX];
};

/* libkvmdeadline serves the MSR, see user.h. */
extern bool user_backend;

/* SIGALRM ends a process that made no new VM for so long: its guest hangs. */
extern unsigned int hang_s;

/* Everything here ends the test as failed when KVM refuses. */
struct vm *vm_new(enum irqchip irqchip);
void vm_free(struct vm *vm);
int vm_check_extension(struct vm *vm, int capability);
/* What KVM supports; the caller may edit it and frees it. */
struct kvm_cpuid2 *vm_supported_cpuid(struct vm *vm);
void vm_set_clock(struct vm *vm, u64 kvmclock_ns);
u64 vm_get_clock(struct vm *vm);

/* A vCPU without CPUID or registers, then those two, then both at once. */
struct vcpu *vcpu_new(struct vm *vm);
void vcpu_set_cpuid(struct vcpu *vcpu, unsigned int bits);
void vcpu_start(struct vcpu *vcpu, void (*fn)(void));
struct vcpu *vcpu_with(struct vm *vm, unsigned int bits, void (*fn)(void));

/* Run until the guest or the host has something to say. */
enum event vcpu_run(struct vcpu *vcpu);
void vcpu_run_to(struct vcpu *vcpu, enum event event);
/* The same, but no longer than @ns: then it is EVENT_KICKED. */
#define KICK_INTERVAL_NS	1000000
enum event vcpu_run_for(struct vcpu *vcpu, u64 ns);
/* As vcpu_run_to(), but KVM has to let the guest get on; @look at it meanwhile. */
void vcpu_run_entered(struct vcpu *vcpu, enum event event, void (*look)(void));
/* Out of KVM_RUN once, from another thread. */
void vcpu_kick(struct vcpu *vcpu);
/* Enter KVM_RUN, but not the guest. */
void vcpu_run_immediate_exit(struct vcpu *vcpu);
/* Run to the end in a thread of its own. */
void vcpu_run_in_thread(struct vcpu *vcpu);
void vcpu_join(struct vcpu *vcpu);
/* Until the guest has said guest.ready, and until it sleeps in KVM_RUN. */
void vcpu_wait_ready(struct vcpu *vcpu);
void vcpu_wait_halted(struct vcpu *vcpu);
bool vcpu_sleeps(struct vcpu *vcpu);

/* Number of MSRs that KVM took, so 0 or 1. */
int vcpu_put_msr(struct vcpu *vcpu, u32 msr, u64 value);
void vcpu_set_msr(struct vcpu *vcpu, u32 msr, u64 value);
u64 vcpu_get_msr(struct vcpu *vcpu, u32 msr);
/* One of KVM's own counters of this vCPU, by name. */
u64 vcpu_stat(struct vcpu *vcpu, const char *name);
/* Trace the timers of this host from now on: how often "what" has happened since. */
void trace_begin(void);
u64 trace_count(const char *what);
/* No longer, and nothing of it is left; of all tests before. */
void trace_end(void);
/* The timer vector's bit in the APIC page, in the IRR or the ISR. */
bool vcpu_timer_irr(struct vcpu *vcpu);

/* A fresh VM whose guest has armed MSR_KVM_DEADLINE in @fn, at EVENT_SYNC. */
struct vcpu *vcpu_armed(void (*fn)(void));

/* One guest on a fresh VM, from start to EVENT_DONE. */
void run_guest(unsigned int bits, void (*fn)(void));

/* A module's parameter is Y; false where there is no such file. */
bool is_yes(const char *path);
/* A word to a file of the kernel; @flags as of open(2). */
void write_file(const char *path, const char *text, int flags);

int vm_ioctl(int fd, unsigned long request, const char *name, void *arg);
#define VM_IOCTL(fd, request, arg) vm_ioctl(fd, request, #request, arg)

void host_fail(const char *file, int line, const char *what,
	       u64 left, u64 right) __attribute__((noreturn));
void die(const char *what) __attribute__((noreturn));

#define EXPECT(left, operator, right)					\
do {									\
	u64 left_ = (left), right_ = (right);				\
									\
	if (!(left_ operator right_))					\
		host_fail(__FILE__, __LINE__,				\
			  #left " " #operator " " #right, left_, right_); \
} while (0)

#endif /* RULES_VM_H */
