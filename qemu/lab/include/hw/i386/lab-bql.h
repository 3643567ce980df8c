/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The name of QEMU's big lock before QEMU 9
 */
#ifndef HW_I386_LAB_BQL_H
#define HW_I386_LAB_BQL_H

#ifndef bql_lock
#define bql_lock   qemu_mutex_lock_iothread
#define bql_unlock qemu_mutex_unlock_iothread
#endif

#endif
