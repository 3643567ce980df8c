# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/machine.c
# places: 2
/^#include "kvm\/kvm_i386\.h"/a\
#include "kvm/kvm-deadline.h"
/^        &vmstate_nested_state,/a\
        &vmstate_msr_kvm_deadline,
