# SPDX-License-Identifier: GPL-2.0-only
# What unloading leaves behind in the CPUs.
# shellcheck shell=sh disable=SC2154

# CPU 1 idles: what it has armed stays there until somebody takes it away.
armed_then_zero() {
	native_mode=$(mode_of 1)
	taskset -p 1 $$ >/dev/null
	load || return
	until [ "$(deadline_of 1)" != 0 ]; do :; done
	equal "mode of CPU 1" "$(mode_of 1)" 2 || return
	unload || return
	for cpu in 0 1; do
		equal "D of CPU $cpu" "$(deadline_of $cpu)" 0 &&
		equal "mode of CPU $cpu" "$(mode_of $cpu)" "$native_mode" || return
	done
	sleeps 20
}

# What CPU 1 has armed when it leaves still comes, and in time.
unloads_while_asleep() {
	for i in 1 2 3 4 5; do
		load || return
		taskset -c 0 sleep 5 &
		long=$!
		taskset -c 1 usleep 200000 &
		short=$!
		pause
		unload || return
		wait $short
		kill $long || { echo "unload $i: 200 ms ended after 5 s"; return 1; }
		wait $long 2>/dev/null
	done
	true
}

insmod msr.ko
case $kind in
guest)	check R05_deadline_is_zero_after_unload armed_then_zero ;;
*)	check "$kind"_is_native_after_unload armed_then_zero
	check "$kind"_unload_loses_no_timer unloads_while_asleep ;;
esac
