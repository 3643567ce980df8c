/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An emulated machine whose TSC runs at another rate
 *
 * KVMDL_LAB_TSC_RATIO=NUM/DEN in QEMU's environment: the TSC that TCG shows
 * runs at NUM/DEN of its usual rate, which is 1 GHz with -icount shift=0.
 */

#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "hw/i386/lab-tsc.h"

static uint32_t ratio_num = 1;
static uint32_t ratio_den = 1;

uint64_t lab_tsc(uint64_t ticks)
{
    return muldiv64(ticks, ratio_num, ratio_den);
}

/* At start: a typing error must not turn into an odd measurement. */
static void __attribute__((constructor)) lab_tsc_init(void)
{
    const char *ratio = getenv("KVMDL_LAB_TSC_RATIO");
    char rest;

    if (!ratio) {
        return;
    }
    if (sscanf(ratio, "%" SCNu32 "/%" SCNu32 "%c", &ratio_num, &ratio_den,
               &rest) != 2 || !ratio_num || !ratio_den) {
        fprintf(stderr, "KVMDL_LAB_TSC_RATIO=%s is not NUM/DEN\n", ratio);
        exit(EXIT_FAILURE);
    }
}
