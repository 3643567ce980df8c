# SPDX-License-Identifier: GPL-2.0-only
# Suspend in three depths, in a guest with two CPUs.
# shellcheck shell=sh disable=SC2154

# sleep_until_alarm STATE SECONDS
sleep_until_alarm() {
	echo 0 >/sys/class/rtc/rtc0/wakealarm
	echo "+$2" >/sys/class/rtc/rtc0/wakealarm
	echo "$1" >/sys/power/state
}

backend_arms() {
	native=$(counter native)
	before=$(counter "$expect")
	sleeps 50
	above "counters/$expect" "$(counter "$expect")" $((before + 50)) &&
	equal "native arms since" $(($(counter native) - native)) 0
}

suspend() {
	load_start
	sleep_until_alarm "$@" || return
	load_stop
	backend_arms
}

# The kernel goes all the way down, waits 5 s and comes back without the steps
# that switch CPU 0's kvmclock on again, as when a wake-up comes at that moment.
called_off() {
	echo core >/sys/power/pm_test
	dmesg -c >/dev/null
	echo mem >/sys/power/state || return
	native=$(counter native)
	sleeps 50
	above "native arms since" $(($(counter native) - native)) 20 &&
	dmesg | grep "kvm_deadline: CPU 0 keeps its native timer: kvmclock is off"
}

load || exit
check guest_suspend_to_idle_keeps_the_backend suspend freeze 2
check guest_suspend_to_ram_keeps_the_backend suspend mem 4
check guest_suspend_called_off_goes_native called_off
