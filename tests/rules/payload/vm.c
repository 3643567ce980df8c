// SPDX-License-Identifier: GPL-2.0-only
/* VMs whose memory is this program: see guest.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user.h"

#define PAGE_MASK	(~4095ull)
#define STACK_BYTES	16384
#define CPUID_ENTRIES	256
#define HYPERV_INTERFACE	0x40000001
#define HYPERV_SIGNATURE	0x31237648	/* "Hv#1" */

#define CR0_PE		(1ull << 0)
#define CR0_NE		(1ull << 5)
#define CR0_PG		(1ull << 31)
#define CR4_PAE		(1ull << 5)
#define EFER_LME	(1ull << 8)
#define EFER_LMA	(1ull << 10)

unsigned int hang_s = 60;
bool user_backend;

/* Reached by the failing thread while others may still run. */
void host_fail(const char *file, int line, const char *what,
	       u64 left, u64 right)
{
	printf("# %s:%d: expected %s: %#llx, %#llx\n", file, line, what,
	       (unsigned long long)left, (unsigned long long)right);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

void die(const char *what)
{
	printf("# %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

int vm_ioctl(int fd, unsigned long request, const char *name, void *arg)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		die(name);
	if (user_backend)
		user_notice(fd, request, arg);
	return ret;
}

static void create_irqchip(struct vm *vm, enum irqchip irqchip)
{
	struct kvm_enable_cap split = {
		.cap = KVM_CAP_SPLIT_IRQCHIP,
		.args = { 24 },	/* the pins of an ordinary I/O APIC */
	};

	if (irqchip == IRQCHIP_KERNEL)
		VM_IOCTL(vm->fd, KVM_CREATE_IRQCHIP, NULL);
	else if (irqchip == IRQCHIP_SPLIT)
		VM_IOCTL(vm->fd, KVM_ENABLE_CAP, &split);
}

struct vm *vm_new(enum irqchip irqchip)
{
	u64 start = (u64)__executable_start & PAGE_MASK;
	u64 end = ((u64)_end + ~PAGE_MASK) & PAGE_MASK;
	struct kvm_userspace_memory_region memory = {
		.guest_phys_addr = start,
		.userspace_addr = start,
		.memory_size = end - start,
	};
	struct vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		die("calloc");
	alarm(hang_s);
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		die("/dev/kvm");
	vm->fd = VM_IOCTL(vm->kvm, KVM_CREATE_VM, NULL);
	VM_IOCTL(vm->fd, KVM_SET_USER_MEMORY_REGION, &memory);
	create_irqchip(vm, irqchip);
	if (user_backend)
		user_vm_new(vm);
	guest_tables_init();
	return vm;
}

void vm_free(struct vm *vm)
{
	int size = VM_IOCTL(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	int i;

	if (user_backend)
		user_vm_free(vm);
	for (i = 0; i < vm->vcpus; i++) {
		munmap(vm->vcpu[i].run, size);
		close(vm->vcpu[i].fd);
	}
	close(vm->fd);
	close(vm->kvm);
	free(vm);
}

int vm_check_extension(struct vm *vm, int capability)
{
	return VM_IOCTL(vm->fd, KVM_CHECK_EXTENSION, (void *)(long)capability);
}

void vm_set_clock(struct vm *vm, u64 kvmclock_ns)
{
	struct kvm_clock_data data = { .clock = kvmclock_ns };

	VM_IOCTL(vm->fd, KVM_SET_CLOCK, &data);
}

u64 vm_get_clock(struct vm *vm)
{
	struct kvm_clock_data data;

	VM_IOCTL(vm->fd, KVM_GET_CLOCK, &data);
	return data.clock;
}

struct vcpu *vcpu_new(struct vm *vm)
{
	int size = VM_IOCTL(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	struct vcpu *vcpu = &vm->vcpu[vm->vcpus];

	vcpu->vm = vm;
	vcpu->id = vm->vcpus++;
	vcpu->fd = VM_IOCTL(vm->fd, KVM_CREATE_VCPU, (void *)(long)vcpu->id);
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("mmap of kvm_run");
	if (user_backend)
		user_vcpu_new(vcpu);
	return vcpu;
}

static void set_bit_to(u32 *word, int bit, bool on)
{
	*word = (*word & ~(1u << bit)) | (u32)on << bit;
}

/* KVM's own leaves keep their content; only their place and bits change. */
static void edit_kvm_leaf(struct kvm_cpuid_entry2 *entry, unsigned int bits)
{
	if (entry->function == KVM_CPUID_FEATURES)
		set_bit_to(&entry->eax, KVM_FEATURE_DEADLINE,
			   bits & CPUID_KVM_DEADLINE);
	if (bits & CPUID_NO_KVM_LEAF)
		entry->ebx = 0;	/* half the signature */
	if (bits & CPUID_HYPERV_FIRST)
		entry->function += 0x100;
}

static void edit_cpuid(struct kvm_cpuid_entry2 *entry, int id,
		       unsigned int bits)
{
	if (entry->function == 1) {
		set_bit_to(&entry->ecx, 24, bits & CPUID_TSC_DEADLINE);
		entry->ebx = (entry->ebx & 0xffffff) | (u32)id << 24;
	}
	if ((entry->function & ~0xffu) == KVM_CPUID_SIGNATURE)
		edit_kvm_leaf(entry, bits);
}

struct kvm_cpuid2 *vm_supported_cpuid(struct vm *vm)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) +
			  CPUID_ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid)
		die("calloc");
	cpuid->nent = CPUID_ENTRIES;
	VM_IOCTL(vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	return cpuid;
}

void vcpu_set_cpuid(struct vcpu *vcpu, unsigned int bits)
{
	struct kvm_cpuid2 *cpuid = vm_supported_cpuid(vcpu->vm);
	unsigned int i;

	for (i = 0; i < cpuid->nent; i++)
		edit_cpuid(&cpuid->entries[i], vcpu->id, bits);
	if (bits & CPUID_HYPERV_FIRST)
		cpuid->entries[cpuid->nent++] = (struct kvm_cpuid_entry2){
			.function = HYPERV_INTERFACE, .eax = HYPERV_SIGNATURE,
		};
	VM_IOCTL(vcpu->fd, KVM_SET_CPUID2, cpuid);
	if (user_backend)
		user_set_cpuid(vcpu, cpuid);
	free(cpuid);
}

static struct kvm_segment flat_segment(u16 selector, u8 type, bool code)
{
	return (struct kvm_segment){
		.limit = ~0u, .selector = selector, .type = type,
		.present = 1, .s = 1, .g = 1, .l = code, .db = !code,
	};
}

static void set_sregs(struct vcpu *vcpu)
{
	struct kvm_segment data = flat_segment(0x10, 3, false);
	struct kvm_sregs sregs;

	VM_IOCTL(vcpu->fd, KVM_GET_SREGS, &sregs);
	sregs.cs = flat_segment(0x08, 11, true);
	sregs.ds = data;
	sregs.es = data;
	sregs.fs = data;
	sregs.gs = data;
	sregs.ss = data;
	sregs.gdt.base = (u64)guest_gdt;
	sregs.gdt.limit = GUEST_GDT_BYTES - 1;
	sregs.idt.base = (u64)guest_idt;
	sregs.idt.limit = GUEST_IDT_BYTES - 1;
	sregs.cr0 = CR0_PE | CR0_NE | CR0_PG;
	sregs.cr3 = (u64)guest_pml4;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME | EFER_LMA;
	VM_IOCTL(vcpu->fd, KVM_SET_SREGS, &sregs);
}

void vcpu_start(struct vcpu *vcpu, void (*fn)(void))
{
	static char stack[VCPUS_MAX][STACK_BYTES] __attribute__((aligned(16)));
	struct kvm_mp_state runnable = { KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = {
		.rip = (u64)guest_entry,
		.rdi = (u64)fn,
		/* As after a call: 8 below a multiple of 16. */
		.rsp = (u64)stack[vcpu->id] + STACK_BYTES - 8,
		.rflags = 2,
	};

	set_sregs(vcpu);
	VM_IOCTL(vcpu->fd, KVM_SET_REGS, &regs);
	/* A second vCPU would wait for a SIPI; refused without an irqchip. */
	if (vcpu->id)
		VM_IOCTL(vcpu->fd, KVM_SET_MP_STATE, &runnable);
	guest.tsc_khz = VM_IOCTL(vcpu->fd, KVM_GET_TSC_KHZ, NULL);
}

struct vcpu *vcpu_with(struct vm *vm, unsigned int bits, void (*fn)(void))
{
	struct vcpu *vcpu = vcpu_new(vm);

	vcpu_set_cpuid(vcpu, bits);
	vcpu_start(vcpu, fn);
	return vcpu;
}

static enum event io_event(const struct kvm_run *run)
{
	enum event event = *(u32 *)((char *)run + run->io.data_offset);

	EXPECT(run->io.port, ==, EVENT_PORT);
	if (event == EVENT_FAIL)
		host_fail(failure.file, failure.line, failure.what,
			  failure.left, failure.right);
	return event;
}

/* One KVM_RUN; true when there is nothing to say, so that another is due. */
static bool run_once(struct vcpu *vcpu, bool *kicked)
{
	if (user_backend)
		user_before_run(vcpu);
	*kicked = ioctl(vcpu->fd, KVM_RUN, NULL) < 0;
	if (*kicked && errno != EINTR)
		die("KVM_RUN");
	if (!user_backend)
		return false;
	return *kicked ? user_handle_kick(vcpu) : user_handle_exit(vcpu);
}

enum event vcpu_run(struct vcpu *vcpu)
{
	bool kicked;

	while (run_once(vcpu, &kicked))
		;
	if (kicked)
		return EVENT_KICKED;
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_IO:
		return io_event(vcpu->run);
	case KVM_EXIT_X86_RDMSR:
		return EVENT_RDMSR;
	case KVM_EXIT_X86_WRMSR:
		return EVENT_WRMSR;
	}
	host_fail(__FILE__, __LINE__, "a known exit reason, not",
		  vcpu->run->exit_reason, 0);
}

void vcpu_run_to(struct vcpu *vcpu, enum event event)
{
	EXPECT(vcpu_run(vcpu), ==, event);
}

void vcpu_run_immediate_exit(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	vcpu_run_to(vcpu, EVENT_KICKED);
	vcpu->run->immediate_exit = 0;
}

static void *run_to_done(void *arg)
{
	struct vcpu *vcpu = arg;
	enum event event;

	vcpu->tid = gettid();
	/* Whoever freezes processes interrupts it. */
	do {
		event = vcpu_run(vcpu);
	} while (event == EVENT_KICKED);
	EXPECT(event, ==, EVENT_DONE);
	return NULL;
}

void vcpu_run_in_thread(struct vcpu *vcpu)
{
	errno = pthread_create(&vcpu->thread, NULL, run_to_done, vcpu);
	if (errno)
		die("pthread_create");
}

void vcpu_join(struct vcpu *vcpu)
{
	errno = pthread_join(vcpu->thread, NULL);
	if (errno)
		die("pthread_join");
	vcpu->tid = 0;
}

void vcpu_wait_ready(struct vcpu *vcpu)
{
	while (!vcpu->tid || !guest.ready)
		usleep(100);
}

/* The letter after the closing parenthesis of the name in stat is the state. */
bool vcpu_sleeps(struct vcpu *vcpu)
{
	char path[64], text[512];
	const char *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", vcpu->tid);
	file = fopen(path, "r");
	if (!file)
		return false;	/* it has come to its end */
	if (!fgets(text, sizeof(text), file))
		die(path);
	fclose(file);
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

void vcpu_wait_halted(struct vcpu *vcpu)
{
	vcpu_wait_ready(vcpu);
	while (!vcpu_sleeps(vcpu))
		usleep(100);
}

static struct kvm_msrs *one_msr(u32 msr, u64 value)
{
	/* struct kvm_msrs ends in an array without a length. */
	static u64 space[(sizeof(struct kvm_msrs) +
			  sizeof(struct kvm_msr_entry)) / sizeof(u64)];
	struct kvm_msrs *msrs = (struct kvm_msrs *)space;

	msrs->nmsrs = 1;
	msrs->entries[0] = (struct kvm_msr_entry){ .index = msr, .data = value };
	return msrs;
}

int vcpu_put_msr(struct vcpu *vcpu, u32 msr, u64 value)
{
	int done;

	if (user_backend && user_put_msr(vcpu, msr, value, &done))
		return done;
	return VM_IOCTL(vcpu->fd, KVM_SET_MSRS, one_msr(msr, value));
}

void vcpu_set_msr(struct vcpu *vcpu, u32 msr, u64 value)
{
	EXPECT(vcpu_put_msr(vcpu, msr, value), ==, 1);
}

u64 vcpu_get_msr(struct vcpu *vcpu, u32 msr)
{
	struct kvm_msrs *msrs = one_msr(msr, 0);
	u64 value;

	if (user_backend && user_get_msr(vcpu, msr, &value))
		return value;
	EXPECT(VM_IOCTL(vcpu->fd, KVM_GET_MSRS, msrs), ==, 1);
	return msrs->entries[0].data;
}

static void read_at(int fd, void *to, size_t bytes, off_t offset)
{
	if (pread(fd, to, bytes, offset) != (ssize_t)bytes)
		die("a file of the kernel's");
}

u64 vcpu_stat(struct vcpu *vcpu, const char *name)
{
	int fd = VM_IOCTL(vcpu->fd, KVM_GET_STATS_FD, NULL);
	/* The name follows its descriptor; KVM's are shorter than this. */
	char space[sizeof(struct kvm_stats_desc) + 64];
	struct kvm_stats_desc *desc = (struct kvm_stats_desc *)space;
	struct kvm_stats_header header;
	u64 value = 0;
	u32 size, i;

	read_at(fd, &header, sizeof(header), 0);
	size = sizeof(*desc) + header.name_size;
	EXPECT(size, <=, sizeof(space));
	for (i = 0; i < header.num_desc; i++) {
		read_at(fd, desc, size, header.desc_offset + i * size);
		if (!strcmp(desc->name, name))
			break;
	}
	EXPECT(i, <, header.num_desc);
	read_at(fd, &value, sizeof(value), header.data_offset + desc->offset);
	close(fd);
	return value;
}

bool is_yes(const char *path)
{
	int fd = open(path, O_RDONLY);
	char letter = 'N';

	if (fd < 0)
		return false;
	read_at(fd, &letter, 1, 0);
	close(fd);
	return letter == 'Y';
}

void write_file(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | flags);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

bool vcpu_timer_irr(struct vcpu *vcpu)
{
	struct kvm_lapic_state lapic;
	u32 irr;

	VM_IOCTL(vcpu->fd, KVM_GET_LAPIC, &lapic);
	/* The IRR is at 0x200 of the page, 32 bits every 16 bytes. */
	memcpy(&irr, lapic.regs + 0x200 + TIMER_VECTOR / 32 * 16, sizeof(irr));
	return irr & TIMER_BIT;
}

struct vcpu *vcpu_armed(void (*fn)(void))
{
	struct vcpu *vcpu;
	struct vm *vm;

	for (;;) {
		vm = vm_new(IRQCHIP_KERNEL);
		/* High enough to go down from. */
		vm_set_clock(vm, HOUR_NS);
		guest.irqs = 0;
		vcpu = vcpu_with(vm, CPUID_BOTH, fn);
		vcpu_run_to(vcpu, EVENT_SYNC);
		if (vcpu_get_msr(vcpu, MSR_KVM_DEADLINE) == guest.deadline)
			return vcpu;
		/* On a busy machine it may have expired before the exit. */
		EXPECT(vm_get_clock(vm), >=, guest.deadline);
		vm_free(vm);
	}
}

void run_guest(unsigned int bits, void (*fn)(void))
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);

	vcpu_run_to(vcpu_with(vm, bits, fn), EVENT_DONE);
	vm_free(vm);
}
