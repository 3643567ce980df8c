// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../include/kvm_deadline.h"
#include "fake_machine.h"

const struct fake_machine *fake_machine;
struct fake_time fake_time;
atomic_bool interrupted;

static bool all_armed;

static const struct fake_file *file_at(const char *path)
{
	const struct fake_file *file;

	for (file = fake_machine->files; file->path; file++)
		if (!strcmp(file->path, path))
			return file;
	return NULL;
}

static const char *text_of(const struct fake_file *file)
{
	if (all_armed && fake_machine->native_at_last &&
	    !strcmp(file->path, "/sys/module/kvm_deadline/counters/native"))
		return fake_machine->native_at_last;
	return file->text;
}

static int memory_file(const char *text, size_t size)
{
	int fd = memfd_create("fake", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, size) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

int file_open(const char *path, int flags)
{
	const struct fake_file *file = file_at(path);

	(void)flags;
	if (!strcmp(path, "/dev/kvm")) {
		errno = fake_machine->kvm_errno;
		return errno ? -1 : memory_file("", 0);
	}
	if (!file) {
		errno = ENOENT;
		return -1;
	}
	return memory_file(text_of(file),
			   file->size ? file->size : strlen(text_of(file)));
}

/* A folder is there if something is in it. */
bool file_exists(const char *path)
{
	const struct fake_file *file;
	size_t length = strlen(path);

	for (file = fake_machine->files; file->path; file++)
		if (!strncmp(file->path, path, length) &&
		    (!file->path[length] || file->path[length] == '/'))
			return true;
	return false;
}

void each_name(const char *dir, void (*each)(const char *name, void *data),
	       void *data)
{
	const struct fake_file *file;
	size_t length = strlen(dir);

	for (file = fake_machine->files; file->path; file++)
		if (!strncmp(file->path, dir, length) &&
		    file->path[length] == '/')
			each(file->path + length + 1, data);
}

void cpuid_leaf(uint32_t number, struct cpuid_leaf *leaf)
{
	const struct fake_leaf *at = fake_machine->leaves;

	*leaf = (struct cpuid_leaf) { 0 };
	for (; at && at->number; at++) {
		if (at->number != number)
			continue;
		*leaf = at->is;
		if (at->signature)
			memcpy(&leaf->ebx, at->signature, 12);
	}
}

/* The linker puts it in the place of libc's, see Makefile. */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	unsigned long argument;
	va_list list;

	(void)fd;
	va_start(list, request);
	argument = va_arg(list, unsigned long);
	va_end(list);
	switch (request) {
	case KVM_CREATE_VM:
		return fake_machine->no_vm ? -1 : memory_file("", 0);
	case KVM_CREATE_IRQCHIP:
		return fake_machine->no_irqchip ? -1 : 0;
	case KVM_CHECK_EXTENSION:
		return argument == KVM_CAP_TSC_CONTROL ? fake_machine->scaling_cap :
		       argument == KVM_CAP_X86_DEADLINE ?
		       fake_machine->deadline_cap : 0;
	}
	abort();
}

void fake_machine_start(const struct fake_machine *machine)
{
	fake_machine = machine;
	all_armed = false;
}

void fake_time_passes(uint64_t ns)
{
	fake_time.now_ns += ns;
	fake_time.tsc += ns / 1000.0 * fake_time.ticks_per_us;
}

uint64_t monotonic_ns(void)
{
	return fake_time.now_ns;
}

void sleep_until(uint64_t deadline_ns)
{
	if (fake_time.on_sleep)
		fake_time.on_sleep(fake_time.sleeps);
	fake_time.sleeps++;
	if (interrupted)
		return;
	if (deadline_ns > fake_time.now_ns)
		fake_time_passes(deadline_ns - fake_time.now_ns);
	fake_time_passes(fake_time.late_ns);
}

void tsc_sample(struct tsc_sample *sample)
{
	*sample = (struct tsc_sample) {
		.tsc = fake_time.tsc, .ns = fake_time.now_ns,
		.error_ns = fake_time.error_ns,
	};
}

int hold_still(void)
{
	return 2;
}

void arm_each_cpu(void)
{
	all_armed = true;
}

/* For tests/tool/drive, which knows what fields there have to be. */
static void keep_json(const char *text)
{
	const char *path = getenv("JSON_LOG");
	FILE *log = path ? fopen(path, "a") : NULL;

	if (log) {
		fputs(text, log);
		fclose(log);
	}
}

const char *printed_by(int (*command)(const struct options *options),
		       const struct options *options, bool json, int *code)
{
	static char text[16384];
	int saved = dup(STDOUT_FILENO);
	int fd = memory_file("", 0);
	ssize_t length;

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	out_json = json;
	all_armed = false;
	*code = command(options);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	length = pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	text[length < 0 ? 0 : length] = 0;
	if (json)
		keep_json(text);
	return text;
}
