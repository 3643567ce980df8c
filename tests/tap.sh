# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every suite in shell, here and in the lab's hosts: TAP on stdout.
# shellcheck shell=sh
#
#	plan COUNT			how many results there will be
#	check NAME COMMAND...		one of them; red, it shows what the command said
#	skip REASON NAME...		one for each NAME
#	include NAME COMMAND...		those of a program that prints TAP; not in the plan
#	note TEXT			beside the next results, as a comment
#
# A suite that a cleanup() is wanted for defines it after this was sourced.  Whatever
# ends a suite early, one with other results than it planned, and one with none, ends
# red: to run to its end is all that it has to do.
set -eu

tap_planned=0 tap_count=0 tap_failed=0
tap_said=$(mktemp)

cleanup() { :; }
before_end() { :; }

tap_end() {
	tap_ended=$?
	trap - EXIT
	[ "$tap_ended" != 0 ] || before_end
	cleanup >&2
	rm -f "$tap_said"
	[ "$tap_ended" = 0 ] || { echo "Bail out! exit code $tap_ended"; exit "$tap_ended"; }
	echo "1..$tap_planned"
	[ "$tap_count" = "$tap_planned" ] && [ "$tap_count" -gt 0 ] ||
		{ echo "Bail out! $tap_count results, $tap_planned planned"; exit 1; }
	exit $tap_failed
}
trap tap_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

plan() { tap_planned=$((tap_planned + $1)); }

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

# result CODE NAME: what was said is in $tap_said, without a monitor's echo
result() {
	tap_count=$((tap_count + 1))
	[ "$1" = 0 ] && printf 'ok - %s\n' "$2" && return
	tap_failed=1
	printf 'not ok - %s\n' "$2"
	sed '/\[K/d' "$tap_said" | tail -n 30 | sed 's/^/# /'
}

# Neither under "if" nor before "||", where "set -e" is off in whatever is called.
check() {
	tap_name=$1
	shift
	set +e
	(set -e; "$@") >"$tap_said" 2>&1 </dev/null
	tap_code=$?
	set -e
	result $tap_code "$tap_name"
}

skip() {
	tap_reason=$1
	shift
	for tap_name; do result 0 "$tap_name # SKIP $tap_reason"; done
}

# Numbers would be of the other's count.
include() {
	tap_name=$1
	note "$1"
	shift
	tap_code=0
	"$@" >"$tap_said" 2>&1 </dev/null || tap_code=$?
	sed -E -e '/^(1\.\.|TAP version)/d' -e 's/^((not )?ok)( [0-9]+)?( - )?/\1 - /' "$tap_said"
	tap_ran=$(grep -cE '^(not )?ok( |$)' "$tap_said" || :)
	plan "$tap_ran"
	tap_count=$((tap_count + tap_ran))
	! grep -qE '^(not ok|Bail out!)' "$tap_said" || tap_failed=1
	[ $tap_code = 0 ] && grep -q "^1\.\.$tap_ran$" "$tap_said" && [ "$tap_ran" -gt 0 ] || {
		plan 1
		result 1 "$tap_name ended with exit code $tap_code and $tap_ran results"
	}
}

# For what check calls.  A command that is well if it says nothing; a pattern that must
# not be in files that must be there ("!" is no failure to "set -e"); two equal words.
silent() { "$@"; [ ! -s "$tap_said" ]; }
absent() { tap_code=0; grep -nE -e "$@" || tap_code=$?; [ $tap_code = 1 ]; }
equal() { [ "$1" = "$2" ] || { echo "'$1', not '$2'"; false; }; }
