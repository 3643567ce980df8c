# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/qemu-life/payload/run: up to two QEMUs, by their monitors, with the
# options $given.
# shellcheck shell=sh disable=SC2154

# start N OPTION...: QEMU number N, its monitor and its guest's serial line
start() {
	n=$1
	shift
	rm -f "/tmp/in.$n"
	mkfifo "/tmp/in.$n"
	: >"/tmp/serial.$n"
	# shellcheck disable=SC2086 # words
	timeout 100000 /qemu/qemu-system-x86_64 -L /qemu/firmware -M pc-i440fx-7.2 -m 16 -nodefaults \
		-display none -action reboot=reset -kernel micro.elf $given -serial "file:/tmp/serial.$n" \
		-monitor stdio "$@" <"/tmp/in.$n" >"/tmp/out.$n" 2>&1 &
	eval "pid$n=$!"
	case $n in
	1) exec 4>/tmp/in.1 ;;
	2) exec 5>/tmp/in.2 ;;
	esac
}

say() {		# N COMMAND
	case $1 in
	1) echo "$2" >&4 ;;
	2) echo "$2" >&5 ;;
	esac
}

sees() {	# FILE WORD [TIMES]
	for _ in $(seq 300); do
		[ "$(grep -c "$2" "$1")" -lt "${3:-1}" ] || return 0
		sleep 0.1
	done
	echo "no $2 in $1:"
	cat "$1"
	return 1
}

# Ask until the answer has WORD in it.
answers() {	# N COMMAND WORD
	for _ in $(seq 100); do
		say "$1" "$2"
		sleep 0.1
		! grep -q "$3" /tmp/out."$1" || return 0
	done
	cat "/tmp/out.$1"
	return 1
}

armed() {	# N OPTION...
	start "$@" -append "timer=${timer:-msr} once=10000"
	sees "/tmp/serial.$1" READY
}

quit() { say "$1" quit; eval "wait \$pid$1"; }

fires() {	# N
	sees "/tmp/serial.$1" DONE || return 1
	quit "$1"
	cat "/tmp/serial.$1"
	grep -q "FIRED.* early=${early:-0} irqs=1\b" "/tmp/serial.$1"
}

slowly() { say "$1" 'migrate_set_parameter max-bandwidth 16k'; }
capable() { say "$1" "migrate_set_capability $2 on"; }

saved() {	# N FILE
	say "$1" "migrate \"exec:cat >$2\""
	answers "$1" 'info migrate' 'status: completed'
	quit "$1"
}
