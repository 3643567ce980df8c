# SPDX-License-Identifier: GPL-2.0-only
# The deadline MSR itself, read through the kernel's msr module.
# shellcheck shell=sh

deadline_of() {
	dd if="/dev/cpu/$1/msr" bs=8 count=1 iflag=skip_bytes \
	   skip=$((0x4b564d10)) 2>/dev/null | od -A n -t u8 | tr -d ' '
}

# CPU 1 idles: what it has armed stays there until somebody takes it away.
armed_then_zero() {
	taskset -p 1 $$ >/dev/null
	load || return
	until [ "$(deadline_of 1)" != 0 ]; do :; done
	unload || return
	for cpu in 0 1; do
		equal "D of CPU $cpu" "$(deadline_of $cpu)" 0 || return
	done
	sleeps 20
}

insmod msr.ko || say "# no /dev/cpu/*/msr"
check R05_deadline_is_zero_after_unload armed_then_zero
