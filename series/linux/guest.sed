# SPDX-License-Identifier: GPL-2.0-only
# files: main.c lapic.c
# leaves: 0 #include "\.\./
# leaves: 0 struct kvm_deadline_clock\>
# leaves: 0 kvm_deadline_page
# leaves: 1 div_u64_rem(
# leaves: 1 (u64)rest << shift
# leaves: 1 sample->clock = \*page;
# The same for the driver in the guest.
/^#include "\.\.\/include\/kvm_deadline\.h"$/d
# Its numbers come from there, which main.c has already.
s,^#include <linux/ktime\.h>$,&\
#include <linux/kvm_para.h>,
s,^#include "\.\./core/,#include ",
/^static_assert(sizeof(struct kvm_deadline_page) ==$/,/^$/d
s/kvm_deadline_page_copy((const void \*)page, &sample->clock);/sample->clock = *page;/
s/struct kvm_deadline_clock\>/struct pvclock_vcpu_time_info/
# A 32-bit kernel has no 64-bit division.
s/^	u64 whole = (ticks + 1) \/ mult;$/	u32 rest;\
	u64 whole = div_u64_rem(ticks + 1, mult, \&rest);/
/^	u64 rest = (ticks + 1) % mult;$/d
s/DIV_ROUND_UP_ULL(rest << shift, mult)/DIV_ROUND_UP_ULL((u64)rest << shift, mult)/
