/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * MSR_KVM_DEADLINE: what KVM's loop sees of it
 */
#ifndef SYSEMU_KVM_DEADLINE_H
#define SYSEMU_KVM_DEADLINE_H

#ifdef TARGET_I386

/*
 * In the vCPU's thread, after KVM_RUN returned 0: true when that was the guest
 * arming its timer, which is done, and the vCPU may run again at once.
 */
bool x86_deadline_fast_exit(CPUState *cs);

#else

static inline bool x86_deadline_fast_exit(CPUState *cs)
{
    return false;
}

#endif

#endif
