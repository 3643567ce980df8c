# SPDX-License-Identifier: GPL-2.0-or-later
# files: hw/i386/meson.build
/^  'x86\.c',$/a\
  'lab-tsc.c',
