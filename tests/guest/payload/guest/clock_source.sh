# SPDX-License-Identifier: GPL-2.0-only
# The timer follows the clock that the kernel keeps time by.
# shellcheck shell=sh disable=SC2154

clock_source=/sys/devices/system/clocksource/clocksource0/current_clocksource

# follows CLOCK BACKEND COUNTER: all arms from then on are of that kind
follows() {
	echo "$1" >$clock_source || return
	equal "clock source" "$(cat $clock_source)" "$1" || return
	until [ "$(backend)" = "$2" ]; do pause; done
	before=$(counter "$3")
	for way in native kvmclock msr; do
		eval "$way=$(counter $way)"
	done
	sleeps 50
	for way in native kvmclock msr; do
		[ $way = "$3" ] ||
			equal "arms by $way since" $(($(counter $way) - $way)) 0 || return
	done
	[ "$3" = native ] && arms_sparingly ||
		above "counters/$3" "$(counter "$3")" $((before + 50))
}

load || exit
check guest_clock_source_tsc_makes_timers_native follows tsc native native
check guest_clock_source_kvm_clock_brings_the_backend_back \
	follows kvm-clock "$expect" "$expect"
unload
echo tsc >$clock_source
check guest_loads_natively_with_clock_source_tsc load
check guest_clock_source_kvm_clock_at_run_time follows kvm-clock "$expect" "$expect"
