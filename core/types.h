/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The kernel's fixed-width names, also where there is no kernel. */
#ifndef KVM_DEADLINE_TYPES_H
#define KVM_DEADLINE_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint8_t u8;
typedef int64_t s64;
typedef int8_t s8;
#endif

#endif /* KVM_DEADLINE_TYPES_H */
