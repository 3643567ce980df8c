# target/i386/kvm/meson.build
# SPDX-License-Identifier: GPL-2.0-or-later
/^  'kvm-cpu\.c',$/a\
  'kvm-deadline.c',\
  'libkvmdeadline/core/clock.c',\
  'libkvmdeadline/core/timer.c',\
  'libkvmdeadline/vmm/setup.c',\
  'libkvmdeadline/vmm/vcpu.c',
