# SPDX-License-Identifier: GPL-2.0-only
# A host that offers the MSR and ignores what is written to it.
# shellcheck shell=sh disable=SC2154

goes_native() {
	dmesg -c >/dev/null
	load || return
	sleeps 50
	above counters/native "$(counter native)" 50 &&
	above counters/refused "$(counter refused)" 0 &&
	dmesg | grep "kvm_deadline: CPU .* goes native"
}

# Each CPU asks once more when it comes online, and no more often.
asks_again() {
	before=$(counter refused)
	echo 0 >/sys/devices/system/cpu/cpu1/online &&
	echo 1 >/sys/devices/system/cpu/cpu1/online || return
	sleeps 50
	equal counters/refused "$(counter refused)" $((before + 1))
}

check R03_swallowed_writes_leave_timers_native goes_native
check R03_swallowed_is_asked_again_online asks_again
