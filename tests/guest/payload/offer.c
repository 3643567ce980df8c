// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into QEMU: shows the guest a feature, whatever the host has.  OFFER=msr is
 * KVM_FEATURE_DEADLINE, OFFER=invtsc a TSC whose rate is promised.
 */
#define _GNU_SOURCE
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FEATURES_LEAF	0x40000001
#define DEADLINE	(1 << 20)
#define POWER_LEAF	0x80000007
#define INVARIANT_TSC	(1 << 8)

/* QEMU leaves out what is 0, and has place for 100 entries. */
static struct kvm_cpuid_entry2 *leaf(struct kvm_cpuid2 *cpuid, unsigned int function)
{
	for (unsigned int i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == function)
			return &cpuid->entries[i];
	cpuid->entries[cpuid->nent] = (struct kvm_cpuid_entry2) { .function = function };
	return &cpuid->entries[cpuid->nent++];
}

static void offer(struct kvm_cpuid2 *cpuid)
{
	if (strcmp(getenv("OFFER"), "msr"))
		leaf(cpuid, POWER_LEAF)->edx |= INVARIANT_TSC;
	else
		leaf(cpuid, FEATURES_LEAF)->eax |= DEADLINE;
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
