# SPDX-License-Identifier: GPL-2.0-only
# A host that promises the TSC's rate, so that Linux keeps time by it.  Linux 7.3 then
# writes the TSC deadline by itself; that it does so whatever backend is asked for has
# to be seen.
# shellcheck shell=sh disable=SC2154

clock_source=/sys/devices/system/clocksource/clocksource0/current_clocksource
writes=0x6e0	# MSR_IA32_TSC_DEADLINE

# At some moment; a CPU that idles for good has nothing armed.
armed_by_tsc() {
	for _ in $(seq 50); do
		taskset -c 0 usleep 50000 &
		[ "$(msr 0 $writes)" = 0 ] || return 0
		wait $!
	done
	echo "CPU 0 never arms a TSC deadline"
	false
}

# native PARAMETER...
native() {
	dmesg -c >/dev/null
	load "$@" || return
	equal backend "$(backend)" native || return
	before=$(counter msr)
	sleeps 50
	equal "arms by msr since" $(($(counter msr) - before)) 0 || return
	equal D "$(deadline_of 0)" 0 || return
	armed_by_tsc || return
	dmesg | grep "kvm_deadline: timer backend native (${1:-backend=auto}, the clock source is the TSC"
}

status_says_so() { kvm-deadline status | tee /tmp/status | grep 'driver.*native' || { cat /tmp/status; false; }; }

insmod msr.ko
check guest_invariant_tsc_is_the_clock_source equal "clock source" "$(cat $clock_source)" tsc
check guest_invariant_tsc_is_native native
check guest_invariant_tsc_is_said_by_the_tool status_says_so
unload
check guest_asked_for_msr_says_native native backend=msr
unload
