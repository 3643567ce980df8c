# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/kvm/kvm.c
# leaves: 1 ^bool kvm_deadline_filter_msr(
# Since QEMU 9 it returns 0 where it returned true, and there is a prototype before it.
/^bool kvm_filter_msr(/,/^}/{
	/^}/a\
\
bool kvm_deadline_filter_msr(uint32_t msr, QEMURDMSRHandler *rdmsr,\
                             QEMUWRMSRHandler *wrmsr)\
{\
    return kvm_filter_msr(kvm_state, msr, rdmsr, wrmsr);\
}
}
/^static int kvm_filter_msr(/{
	N
	/;$/!{
		:body
		n
		/^}/!b body
		a\
\
bool kvm_deadline_filter_msr(uint32_t msr, QEMURDMSRHandler *rdmsr,\
                             QEMUWRMSRHandler *wrmsr)\
{\
    return !kvm_filter_msr(kvm_state, msr, rdmsr, wrmsr);\
}
	}
}
