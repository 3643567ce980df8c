# SPDX-License-Identifier: GPL-2.0-only
# files: x86.c msrs.c
# leaves: 2 case MSR_KVM_DEADLINE:
# leaves: 1 case KVM_CAP_X86_DEADLINE:
# leaves: 1 kvm_deadline_set_msr(vcpu, msr_info)
# leaves: 1 kvm_deadline_get_msr(vcpu, msr_info)
# leaves: 1 kvm_deadline_capability(kvm)
# leaves: 0 if (msr_info->index == MSR_KVM_DEADLINE)
# leaves: 0 if (ext == KVM_CAP_X86_DEADLINE)
# What the hooks do before a switch is a case of it.
/^	if (msr_info->index == MSR_KVM_DEADLINE)$/,/;$/d
/^	if (ext == KVM_CAP_X86_DEADLINE)$/,/;$/d
/^int kvm_set_msr_common(/,/^}/{
	/^	case MSR_KVM_POLL_CONTROL:$/i\
	case MSR_KVM_DEADLINE:\
		return kvm_deadline_set_msr(vcpu, msr_info);
}
/^int kvm_get_msr_common(/,/^}/{
	/^	case MSR_KVM_POLL_CONTROL:$/i\
	case MSR_KVM_DEADLINE:\
		return kvm_deadline_get_msr(vcpu, msr_info);
}
/^int kvm_vm_ioctl_check_extension(/,/^}/{
	/^	case KVM_CAP_X86_NOTIFY_VMEXIT:$/i\
	case KVM_CAP_X86_DEADLINE:\
		r = kvm_deadline_capability(kvm);\
		break;
}
