# hw/i386/meson.build
# SPDX-License-Identifier: GPL-2.0-or-later
/^  'x86\.c',$/a\
  'lab-tsc.c',
