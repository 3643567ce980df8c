# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/kvm/kvm.c
# kvm_get_msrs(): where the answer goes.
/^            env->tsc_deadline = msrs\[i\]\.data;/{
	n
	a\
        case MSR_KVM_DEADLINE:\
            env->msr_kvm_deadline = msrs[i].data;\
            break;
}
