# SPDX-License-Identifier: GPL-2.0-only
# To sleep for good: what follows runs in another VM, see wake.sh.
# shellcheck shell=sh disable=SC2154

. ./disk.sh

# The host has no MSR: the driver serves by what there is, and says so.
serves_by_another_backend() {
	for _ in $(seq 100); do
		[ "$(backend)" != "$expect" ] || break
		pause
	done
	equal backend "$(backend)" "$expect" && backend_arms
}

# It offers one, and ignores what is written to it.
serves_natively() {
	native=$(counter native)
	sleeps 50
	above "native arms since" $(($(counter native) - native)) 50 &&
	above counters/refused "$(counter refused)" 0
}

swap_on_disk
load
echo shutdown >/sys/power/disk
load_start
echo disk >/sys/power/state
load_stop
case $expect in
msr)	check guest_wakes_on_another_host backend_arms ;;
native)	check R03_swallowed_after_hibernation_is_native serves_natively ;;
*)	check guest_wakes_on_a_host_without_the_msr serves_by_another_backend ;;
esac
