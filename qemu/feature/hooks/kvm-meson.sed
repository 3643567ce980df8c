# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/kvm/meson.build
/^  'kvm-cpu\.c',$/a\
  'kvm-deadline.c',
