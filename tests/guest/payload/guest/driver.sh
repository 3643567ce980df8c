# SPDX-License-Identifier: GPL-2.0-only
# The driver's life in a guest with two CPUs; $expect is the backend that auto
# has to choose.  Without a TSC deadline there is no backend kvmclock.
# shellcheck shell=sh disable=SC2154

case $kind in
guest)	other=kvmclock ;;
*)	other=off ;;
esac

chosen() {
	dmesg -c >/dev/null
	load || return
	equal backend "$(backend)" "$expect" || return
	dmesg | grep "kvm_deadline: timer backend $expect (backend=auto"
}

only_the_backend_arms() {
	backend_arms &&
	equal counters/refused "$(counter refused)" 0
}

# The end of a sleep that was long enough for an idle CPU to stop its tick.
elides_writes() {
	for _ in $(seq 20); do
		usleep 50000
	done
	say "# elided $(counter elided) of $(counter "$expect")"
	case $expect in
	msr)	arms_sparingly || above counters/elided "$(counter elided)" 0 ;;
	*)	equal counters/elided "$(counter elided)" 0 ;;
	esac
}

# An order, not a duration: a lost timer of an idle CPU is made good by whatever
# interrupts it next, long after.
short_before_long() {
	for i in $(seq 100); do
		taskset -c 0 sleep 5 &
		long=$!
		taskset -c 1 usleep 2000
		kill $long || { echo "sleep $i of 2 ms ended after one of 5 s"; return 1; }
		wait $long 2>/dev/null
	done
	true
}

cpu_off_and_on() {
	load_start
	for _ in 1 2 3 4 5; do
		echo 0 >/sys/devices/system/cpu/cpu1/online || return
		pause
		echo 1 >/sys/devices/system/cpu/cpu1/online || return
		pause
	done
	load_stop
	backend_arms
}

off_is_native() {
	unload && load backend=off || return
	sleeps 50
	above counters/native "$(counter native)" 50 &&
	equal counters/msr "$(counter msr)" 0 &&
	equal counters/kvmclock "$(counter kvmclock)" 0 &&
	unload
}

reloads() {
	load_start
	for _ in 1 2 3; do
		say "# two reloads"
		load "backend=$expect" && sleeps 10 && unload || return
		load backend=$other && sleeps 10 && unload || return
	done
	load_stop
	sleeps 50
}

check "$kind"_auto_chooses_the_best_backend chosen
check "$kind"_only_the_backend_arms only_the_backend_arms
check "$kind"_earlier_deadline_elides_writes elides_writes
check "$kind"_short_sleeps_end_before_long_ones short_before_long
check "$kind"_cpu_off_and_on_under_load cpu_off_and_on
check "$kind"_off_leaves_timers_native off_is_native
check "$kind"_unknown_backend_is_refused \
	refused "backend=magic is unknown" backend=magic
check "$kind"_six_reloads_under_load_lose_no_timer reloads
