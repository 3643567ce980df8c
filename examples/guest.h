/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* guest.s */
extern const char guest[], guest_end[];
