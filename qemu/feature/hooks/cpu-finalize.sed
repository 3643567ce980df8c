# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/cpu.c
# A CPU that was made and never realized has the property's memory, too.
/^    \.instance_init = x86_cpu_initfn,$/a\
    .instance_finalize = x86_deadline_instance_finalize,
