# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/qemu-options/drive, which has run() and $dir: saved guests.
# shellcheck shell=sh disable=SC2154

# At most a minute of waiting; a QEMU that has gone away ends it too.
firmware_is_done() {
	for _ in $(seq 600); do
		! grep -qs 'No bootable device' "$dir/firmware" || break
		echo
		sleep 0.1
	done
}

# Save a running guest: the firmware is guest enough.  When it has no more to do: which
# sections are sent depends on how far it is.
save() {	# BINARY STREAM OPTION...
	binary=$1 stream=$2
	shift 2
	rm -f "$dir/firmware"
	(firmware_is_done; printf 'migrate "exec:cat >%s"\nquit\n' "$stream") |
		run "$binary" -accel tcg -cpu qemu64 -smp 2 -chardev "file,id=f,path=$dir/firmware" \
		-device isa-debugcon,iobase=0x402,chardev=f "$@" >"$dir/out" 2>&1 ||
		{ cat "$dir/out"; return 1; }
	[ -s "$stream" ]
}

# At most 20 seconds of asking; a QEMU that has gone away ends it too.
ask_until_running() {
	for _ in $(seq 100); do
		echo info status
		sleep 0.2
		! grep -q 'VM status: running' "$dir/out" || break
	done
	echo quit
}

# The guest of STREAM runs on.
load() {	# BINARY STREAM OPTION...
	binary=$1 stream=$2
	shift 2
	: >"$dir/out"
	ask_until_running 2>/dev/null | run "$binary" -accel tcg -cpu qemu64 -smp 2 \
		-incoming "exec:cat '$stream'" "$@" >"$dir/out" 2>&1 || :
	cat "$dir/out"
	grep -q 'VM status: running' "$dir/out"
}

refuses_stream() {	# WORDS BINARY STREAM
	! load "$2" "$3" || return 1
	cat "$dir/out"
	grep -qF -e "$1" "$dir/out"
}

# The stream ends with its own description; the sections' names are in it.
sections() { grep -ao '"name": *"[^"]*"' "$1" | sort | uniq -c; }

same_sections() {
	sections "$1" >"$dir/a"
	sections "$2" >"$dir/b"
	[ -s "$dir/a" ]
	diff "$dir/a" "$dir/b"
}

# A number as the stream has it: four bytes, the highest first.
be32() {
	for shift in 24 16 8 0; do
		# shellcheck disable=SC2059	# the escape is the point
		printf "\\$(printf %03o $(($1 >> shift & 255)))"
	done
}

# What a QEMU sends for a CPU that has the MSR: a subsection (type 5), the length of
# its name and the name, its version, the deadline.
deadline_subsection() {	# DEADLINE
	name=cpu/msr_kvm_deadline
	# shellcheck disable=SC2059	# the escape is the point
	printf "\\005\\$(printf %03o ${#name})%s" $name; be32 1
	be32 0; be32 "$1"
}

# Put one at the end of a CPU's section, which is where its footer begins: type 0x7e,
# and the section's number.  That follows type 4 at the section's start, before the
# length of its name, the name, and which CPU it is.
arm() {		# STREAM ARMED-STREAM CPU DEADLINE
	header=$(hex "$1" | grep -ob "04........03637075$(printf %08x "$3")" | head -n 1)
	number=$(echo "${header#*:}" | cut -c 3-10)
	at=$(hex "$1" | grep -ob "7e$number" | awk -F : -v from="${header%%:*}" '
		$1 > from && $1 % 2 == 0 { print $1 / 2; exit }')
	[ -n "$at" ]
	{ head -c "$at" "$1"; deadline_subsection "$4"; tail -c +$((at + 1)) "$1"; } >"$2"
}

hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
