// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: a KVM that does not say what became of the TSC deadline, which
 * only the library asks for by itself.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MSR_IA32_TSC_DEADLINE	0x6e0

int ioctl(int fd, unsigned long request, ...)
{
	struct kvm_msrs *msrs;
	va_list args;

	va_start(args, request);
	msrs = va_arg(args, struct kvm_msrs *);
	va_end(args);
	if (request == KVM_GET_MSRS && msrs->nmsrs == 1 &&
	    msrs->entries[0].index == MSR_IA32_TSC_DEADLINE) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_ioctl, fd, request, msrs);
}
