# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/kvm/meson.build
/^  'kvm-deadline\.c',$/a\
  'kvm-deadline-user.c',\
  'libkvmdeadline/core/clock.c',\
  'libkvmdeadline/core/timer.c',\
  'libkvmdeadline/vmm/setup.c',\
  'libkvmdeadline/vmm/vcpu.c',
