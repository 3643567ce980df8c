# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/qemu-options/drive, which has run() and $dir: saved guests.
# shellcheck shell=sh disable=SC2154

# Save a running guest: the firmware is guest enough.
save() {	# BINARY STREAM OPTION...
	binary=$1 stream=$2
	shift 2
	(sleep 1; printf 'migrate "exec:cat >%s"\nquit\n' "$stream") |
		run "$binary" -accel tcg -cpu qemu64 -smp 2 "$@" >"$dir/out" 2>&1 ||
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

# What a QEMU sends for one CPU of a guest that has the MSR: a full section (type 4),
# its name, instance, version, the deadline, and the footer (type 0x7e).
deadline_section() {	# CPU DEADLINE
	id=$((1000 + $1)) name=cpu/kvm-deadline
	printf '\004'; be32 $id
	printf '\020%s' $name; be32 "$1"; be32 1
	be32 0; be32 "$2"
	printf '\176'; be32 $id
}

# Put such a section before the end mark (one byte, then type 6 and a length
# before the description, which begins with the page size).
arm() {		# STREAM ARMED-STREAM CPU DEADLINE
	at=$(grep -abo '{"page_size"' "$1" | tail -n 1 | cut -d : -f 1)
	[ -n "$at" ]
	{ head -c $((at - 6)) "$1"; deadline_section "$3" "$4"; tail -c +$((at - 5)) "$1"; } >"$2"
}
