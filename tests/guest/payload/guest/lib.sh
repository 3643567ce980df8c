# SPDX-License-Identifier: GPL-2.0-only
# What the parts share.
# shellcheck shell=sh disable=SC2154
#
# Nothing here bounds real time: a sleep that never returns ends the run by the
# lab's silence timeout, anything else is a count or an order.

module=/sys/module/kvm_deadline
# What results are named after; kind= on the command line says otherwise.
kind=${kind:-guest}

# Linux 7.3: leaves idle without arming twice, and arms by itself what it times by the TSC.
# One for real time hardly ever arms twice: 1 of 1811 was seen.
arms_sparingly() { [ -e /sys/kernel/realtime ] || grep -q ' ktime_expiry_to_cycles$' /proc/kallsyms; }

counter() { cat "$module/counters/$1"; }
backend() { cat "$module/parameters/backend"; }
pause() { usleep 50000; }

# One line of the report.  The port is open only meanwhile: one that is open
# across a sleep in memory says nothing afterwards.
say() { echo "$*" >"${report:-/dev/ttyS1}"; }

# check NAME COMMAND...: a result line; what failed explains itself below it.
check() {
	name=$1
	shift
	if "$@" >/tmp/why 2>&1; then
		say "ok - $name"
	else
		say "not ok - $name
$(sed 's/^/# /' /tmp/why)"
	fi
}

# equal WHAT GOT WANTED; above WHAT GOT BOUND
equal() { [ "$2" = "$3" ] || { echo "$1: $2, not $3"; false; }; }
above() { [ "$2" -gt "$3" ] || { echo "$1: $2, not above $3"; false; }; }

# Short sleeps on each CPU: neither idle for long nor ever the same phase.
load_start() {
	for cpu in 0 1; do
		taskset -c $cpu sh -c 'while :; do usleep 700; done' &
		loads="$loads $!"
	done
}

load_stop() {
	# shellcheck disable=SC2086 # a list
	kill $loads
	# shellcheck disable=SC2086
	wait $loads 2>/dev/null
	loads=
}

# sleeps COUNT: so many on each CPU, and every one has to come back.
sleeps() {
	sleepers=
	for cpu in ${cpus:-0 1}; do
		taskset -c $cpu sh -c "for i in \$(seq $1); do usleep 2000; done" &
		sleepers="$sleepers $!"
	done
	# shellcheck disable=SC2086
	wait $sleepers
}

# Every arm from now on goes through the backend.
backend_arms() {
	native=$(counter native)
	before=$(counter "$expect")
	sleeps 50
	above "counters/$expect" "$(counter "$expect")" $((before + 50)) &&
	equal "native arms since" $(($(counter native) - native)) 0
}

# The deadline MSR itself and the timer's mode, once msr.ko is loaded.
msr() {	# CPU INDEX
	dd if="/dev/cpu/$1/msr" bs=8 count=1 iflag=skip_bytes skip=$(($2)) \
	   2>/dev/null | od -A n -t u8 | tr -d ' '
}

deadline_of() { msr "$1" 0x4b564d10; }
mode_of() { echo $(($(msr "$1" 0x832) >> 17 & 3)); }	# of the x2APIC's LVT

load() { insmod /modules/kvm_deadline.ko "$@"; }
unload() { rmmod kvm_deadline; }

# refused TEXT [PARAMETER]: insmod fails and the log says TEXT.
refused() {
	dmesg -c >/dev/null
	if insmod /modules/kvm_deadline.ko ${2:+"$2"}; then
		echo "loaded all the same"
		unload
		return 1
	fi
	dmesg | grep -F kvm_deadline: | grep -F "$1" && return
	echo "the log does not say: $1"
	dmesg
	return 1
}
