# SPDX-License-Identifier: GPL-2.0-only
# The deadline MSR itself, read through the kernel's msr module.
# shellcheck shell=sh

# R05 and the way out: what is armed is in one of the two MSRs, never in ours
# once the driver has gone.
deadline_of() {
	dd if="/dev/cpu/$1/msr" bs=8 count=1 iflag=skip_bytes \
	   skip=$((0x4b564d10)) 2>/dev/null | od -A n -t u8 | tr -d ' '
}

armed_then_empty() {
	load || return
	until [ "$(deadline_of 0)" != 0 ] || [ "$(deadline_of 1)" != 0 ]; do :; done
	unload || return
	equal "D of CPU 0 after unload" "$(deadline_of 0)" 0 &&
	equal "D of CPU 1 after unload" "$(deadline_of 1)" 0
}

insmod msr.ko
check R05_deadline_is_zero_after_unload armed_then_empty
