# SPDX-License-Identifier: GPL-2.0-or-later
# files: include/standard-headers/asm-x86/kvm_para.h
# The ABI's numbers, from include/kvm_deadline.h of this repository.
/^#endif .* _ASM_X86_KVM_PARA_H/i\
#include "kvm_deadline.h"\

