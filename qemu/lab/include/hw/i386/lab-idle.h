/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Are all processors halted, and the instructions counted that led there?
 */
#ifndef HW_I386_LAB_IDLE_H
#define HW_I386_LAB_IDLE_H

#include "hw/core/cpu.h"

static inline bool lab_all_idle(void)
{
    CPUState *cpu;

    if (!all_cpu_threads_idle()) {
        return false;
    }
    /* Until icount_process_data(), and that comes after "halted". */
    CPU_FOREACH(cpu) {
        if (qatomic_read(&cpu->icount_budget)) {
            return false;
        }
    }
    return true;
}

#endif
