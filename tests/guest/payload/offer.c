// SPDX-License-Identifier: GPL-2.0-only
/* Preloaded into QEMU: shows the guest KVM_FEATURE_DEADLINE, whatever the host has. */
#define _GNU_SOURCE
#include <linux/kvm.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FEATURES_LEAF	0x40000001
#define OFFERED		(1 << 20)

static void offer(struct kvm_cpuid2 *cpuid)
{
	for (unsigned int i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == FEATURES_LEAF)
			cpuid->entries[i].eax |= OFFERED;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);

	if (request == KVM_SET_CPUID2)
		offer(arg);
	return syscall(SYS_ioctl, fd, request, arg);
}
