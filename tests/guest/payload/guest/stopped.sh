# SPDX-License-Identifier: GPL-2.0-only
# A VM that is stopped and goes on.  The TSC has gone on meanwhile, and so has a clock
# that is read from it: with that for clock source, a sleep that the stop has outlasted
# ends right after it, whatever backend there is.
# shellcheck shell=sh disable=SC2154

clock_source=/sys/devices/system/clocksource/clocksource0/current_clocksource

centiseconds() { sed 's/ .*//; s/[.]//; s/^0*//' /proc/uptime; }

# How long a sleep of three seconds takes, of which the VM stands still for six.
nap() {
	begin=$(centiseconds)
	echo stop >/dev/ttyS2
	usleep 3000000
	echo $(($(centiseconds) - begin))
}

arms_natively() {
	equal backend "$(backend)" native || return
	equal counters/msr "$(counter msr)" 0
}

ends_as_natively() {
	[ ! -d "$module" ] || unload || return
	load backend=off || return
	native=$(nap)
	unload && load || return
	arms_natively || return
	auto=$(nap)
	arms_natively || return
	say "# centiseconds: natively $native, with the driver $auto"
	# 100 ms of virtual time are many.
	above "the sleep, in cs" "$native" 600 &&
	above "the sleep, in cs" "$auto" $((native - 10)) &&
	above "what is natively allowed" $((native + 10)) "$auto"
}

# follows CLOCK BACKEND: from the next arm on
follows() {
	echo "$1" >$clock_source
	until [ "$(backend)" = "$2" ]; do pause; done
	before=$(counter msr)
	for _ in $(seq 50); do usleep 2000; done
	arms=$(($(counter msr) - before))
	case $2 in
	msr)	above "arms by the MSR" $arms 50 ;;
	*)	equal "arms by the MSR" $arms 0 ;;
	esac
}

check guest_invariant_tsc_is_the_clock_source equal "clock source" "$(cat $clock_source)" tsc
check guest_stopped_sleep_ends_as_natively ends_as_natively
check guest_clock_source_kvm_clock_is_served follows kvm-clock msr
check guest_clock_source_tsc_is_native follows tsc native
check guest_stopped_again_ends_as_natively ends_as_natively
