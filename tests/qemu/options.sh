#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What our QEMU promises without a host that has the MSR: TAP on stdout.
#
#	tests/qemu/options.sh [QEMU-FOLDER]	(default build/qemu)
#
# Each wait below has a bound; none of them is a measurement.
set -eu
. "$(dirname "$0")/../../scripts/common.sh"

folder=${1:-$BUILD/qemu}
ours=$folder/qemu-system-x86_64
stock=/usr/bin/qemu-system-x86_64
[ -x "$ours" ] || die "$ours is missing: run make build first"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
number=0
tsc=qemu64,+tsc-deadline

result() {	# ok|'not ok' NAME
	number=$((number + 1))
	printf '%s %d - %s\n' "$1" $number "$2"
}

skip() { result ok "$1 # SKIP $2"; }

# Check NAME: run a command, show what QEMU said if it fails.
check() {
	name=$1
	shift
	if "$@" >"$dir/why" 2>&1; then
		result ok "$name"
	else
		result 'not ok' "$name"
		# Without the monitor's echo of each typed letter.
		sed '/\[K/d' "$dir/why" | tail -n 12 | sed 's/^/# /'
	fi
}

# The same machine and firmware for both binaries, and no display or network.
run() {
	binary=$1
	shift
	timeout 60 "$binary" -L "$folder/firmware" -machine pc-i440fx-7.2 -m 16 \
		-nodefaults -display none -monitor stdio "$@"
}

# Starting must fail, and say the words: refuses WORDS QEMU-OPTION...
refuses() {
	words=$1
	shift
	if echo quit | run "$ours" "$@" >"$dir/out" 2>&1; then
		echo "started, but should have refused"
		return 1
	fi
	cat "$dir/out"
	grep -qF -e "$words" "$dir/out"
}

# One value of the monitor's answer, for a CPU that was started with OPTIONs.
property_is() {	# VALUE OPTION...
	value=$1
	shift
	printf 'qom-get /machine/unattached/device[0] kvm-deadline\nquit\n' |
		run "$ours" "$@" >"$dir/out" 2>&1
	cat "$dir/out"
	grep -q "^\"$value\"" "$dir/out"
}

every_model_off() {
	for model in qemu64 EPYC Skylake-Server max; do
		property_is off -accel tcg -cpu $model || return 1
	done
}

auto_is_off() {
	property_is off -accel tcg -cpu qemu64,kvm-deadline=auto -smp 2 || return 1
	[ "$(grep -c 'kvm-deadline=auto is off: needs KVM' "$dir/out")" = 1 ]
}

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

# What a QEMU with an armed guest sends for one CPU: a full section (type 4),
# its name, instance, version, the deadline, and the footer (type 0x7e).
armed_section() {	# CPU
	id=$((1000 + $1)) name=cpu/kvm-deadline
	printf '\004'; be32 $id
	printf '\020%s' $name; be32 "$1"; be32 1
	be32 0; be32 123456789
	printf '\176'; be32 $id
}

# Put such a section before the end mark (one byte, then type 6 and a length
# before the description, which begins with the page size).
arm() {		# STREAM ARMED-STREAM CPU
	at=$(grep -abo '{"page_size"' "$1" | tail -n 1 | cut -d : -f 1)
	[ -n "$at" ]
	{ head -c $((at - 6)) "$1"; armed_section "$3"; tail -c +$((at - 5)) "$1"; } >"$2"
}

refuses_stream() {	# WORDS BINARY STREAM
	! load "$2" "$3" || return 1
	cat "$dir/out"
	grep -qF -e "$1" "$dir/out"
}

hook_failure_names_hook() {
	mkdir -p "$dir/src/target/i386"
	echo 'int nothing;' >"$dir/src/target/i386/cpu.c"
	! "$TOP/qemu/apply" "$dir/src" "$TOP/qemu/feature" 9.9 >"$dir/out" 2>&1 ||
		return 1
	cat "$dir/out"
	grep -qF 'qemu 9.9: hook cpu-class-init.cocci no longer matches target/i386/cpu.c' \
		"$dir/out"
}

test_options() {
	check "R10_off_on_every_cpu_model" every_model_off
	check "R10_tcg_is_refused" \
		refuses 'kvm-deadline=on: needs KVM' -accel tcg -cpu qemu64,kvm-deadline=on
	check "R10_tcg_is_refused_for_the_library" \
		refuses 'kvm-deadline=user: needs KVM' -accel tcg -cpu qemu64,kvm-deadline=user
	check "auto_is_off_with_tcg_and_says_so" auto_is_off
	check "bad_value_lists_the_good_ones" refuses 'the values are: off, on, user, auto' \
		-accel tcg -cpu qemu64,kvm-deadline=yes
	check "lab_tsc_ratio_must_be_a_ratio" \
		env KVMDL_LAB_TSC_RATIO=2 sh -c "! '$ours' -version"
}

test_kvm_options() {
	check "R10_hidden_kvm_is_refused" refuses 'kvm=off hides' \
		-accel kvm -cpu qemu64,kvm=off,kvm-deadline=on
	check "R11_userspace_apic_is_refused" refuses 'local APIC in the kernel' \
		-accel kvm -machine kernel-irqchip=off -cpu qemu64,kvm-deadline=on
	check "R10_host_without_capability_is_refused" refuses 'KVM_CAP_X86_DEADLINE' \
		-accel kvm -cpu qemu64,kvm-deadline=on
}

skip_kvm_options() {
	for name in R10_hidden_kvm_is_refused R11_userspace_apic_is_refused \
		    R10_host_without_capability_is_refused; do
		skip $name "$1"
	done
}

# What the library lacks on this machine, if anything; QEMU says it.
library_lacks() {
	echo quit | run "$ours" -accel kvm -cpu $tsc,kvm-deadline=user 2>&1 |
		sed -n 's/.*kvm-deadline=user: \(this KVM has no.*\)/\1/p'
}

two_minds='qemu64-x86_64-cpu,socket-id=1,core-id=0,thread-id=0,kvm-deadline=off'
test_library_options() {
	check "user_is_user" property_is user -accel kvm -cpu $tsc,kvm-deadline=user
	check "auto_is_user_without_the_capability" \
		property_is user -accel kvm -cpu $tsc,kvm-deadline=auto
	check "R07_user_needs_the_tsc_deadline" refuses "needs the guest's TSC deadline" \
		-accel kvm -cpu qemu64,kvm-deadline=user
	check "one_value_for_all_cpus" refuses 'must be the same for all CPUs' \
		-accel kvm -cpu $tsc,kvm-deadline=user -smp 1,sockets=2,maxcpus=2 \
		-device $two_minds
}

skip_library_options() {
	for name in user_is_user auto_is_user_without_the_capability \
		    R07_user_needs_the_tsc_deadline one_value_for_all_cpus; do
		skip $name "$1"
	done
}

test_streams() {
	check "save_ours" save "$ours" "$dir/ours"
	check "R17_ours_loads_in_ours" load "$ours" "$dir/ours"
	arm "$dir/ours" "$dir/armed" 1 || :
	check "R13_armed_stream_is_refused_without_the_property" \
		refuses_stream 'CPU 1 arrives with an armed MSR_KVM_DEADLINE' "$ours" "$dir/armed"
}

test_stock_streams() {
	check "save_stock" save "$stock" "$dir/stock"
	check "R17_stock_loads_in_ours" load "$ours" "$dir/stock"
	check "R17_ours_loads_in_stock" load "$stock" "$dir/ours"
	check "R17_stream_has_the_same_sections" same_sections "$dir/ours" "$dir/stock"
	check "R13_armed_stream_is_refused_by_stock" \
		refuses_stream "Unknown savevm section or instance 'cpu/kvm-deadline'" \
		"$stock" "$dir/armed"
}

skip_stock_streams() {
	for name in save_stock R17_stock_loads_in_ours R17_ours_loads_in_stock \
		    R17_stream_has_the_same_sections R13_armed_stream_is_refused_by_stock; do
		skip $name "$1"
	done
}

echo TAP version 13
echo 1..22
check "hook_failure_names_hook" hook_failure_names_hook
test_options
if [ -w /dev/kvm ]; then
	test_kvm_options
else
	skip_kvm_options "no /dev/kvm here"
fi
lacks='no /dev/kvm here'
[ ! -w /dev/kvm ] || lacks=$(library_lacks)
if [ "$lacks" ]; then
	skip_library_options "$lacks"
else
	test_library_options
fi
test_streams
case $("$stock" -version 2>/dev/null) in
*'version 7.2.'*) test_stock_streams ;;
*) skip_stock_streams "Debian 12's qemu-system-x86 is not installed" ;;
esac
