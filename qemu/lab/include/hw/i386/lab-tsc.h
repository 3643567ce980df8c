/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An emulated machine whose TSC runs at another rate
 */
#ifndef HW_I386_LAB_TSC_H
#define HW_I386_LAB_TSC_H

uint64_t lab_tsc(uint64_t ticks);

#endif
