# SPDX-License-Identifier: GPL-2.0-only
# Suspend in two depths, in a guest with two CPUs.  The kernel's own pm_test
# stands in for sleep in memory, from which a guest started without boot loader
# does not come back, with this driver or without.
# shellcheck shell=sh disable=SC2154

# sleep_as STATE; a wake-up that comes too early ends the attempt with EBUSY.
sleep_as() {
	load_start
	until echo "$1" >/sys/power/state; do pause; done
	load_stop
	backend_arms
}

# suspend_down_to LEVEL: there the kernel waits 5 s and comes back.
suspend_down_to() {
	echo "$1" >/sys/power/pm_test
	sleep_as mem
}

# The kernel goes all the way down and comes back without the steps that switch
# CPU 0's kvmclock on again, as when a wake-up comes at that moment.
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
check guest_suspend_of_the_other_cpus_keeps_the_backend suspend_down_to processors
check guest_suspend_called_off_goes_native called_off
