# SPDX-License-Identifier: GPL-2.0-or-later
# files: qemu-options.hx
# places: 2
/^    "  *notify-vmexit=/i\
    "                deadline=kernel|user|auto (who serves MSR_KVM_DEADLINE, default kernel, x86 only)\\n"
/^    ``notify-vmexit=/i\
    ``deadline=kernel|user|auto``\
        Who serves MSR_KVM_DEADLINE to guests with the CPU feature\
        kvm-deadline: the KVM of the host, libkvmdeadline on any KVM, or the\
        first of them that can be had. The default is ``kernel``.\

