# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every tests/SUITE/drive.
# shellcheck shell=sh
#
#	make_tests FOLDER		of tests/, which another suite may need at the time
#	results FILE... -- COMMAND...	COMMAND leaves these, and what is judged after is
#					read from them; JUDGE_ONLY=1 takes the last run's
#
#	in_lab DIR LAB ARG...		a host of the lab: lab/boot-amd or the like
#	include NAME lab_said DIR [NAMES]	it said TAP, and has to have ended well; with a
#					file of their names, of just those tests
#
# A suite that ends well is then fed its own results: each FILE in turn is empty, without
# its second half, and there twice over.  What is judged has to be red each time.

. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/tests/tap.sh"

fed_files='' fed_args=
for arg; do fed_args="$fed_args $(quote "$arg")"; done

make_tests() {
	mkdir -p "$BUILD/tests"
	flock "$BUILD/tests/.lock" make -s -C "$TOP/tests/$1" >&2
}

results() {
	while [ "$1" != -- ]; do
		fed_files="$fed_files $1"
		shift
	done
	shift
	[ "${FED-}${JUDGE_ONLY-}" ] || "$@"
}

in_lab() {
	lab_out=$1 lab=$2 lab_code=0
	shift 2
	(cd "$TOP" && "$lab" -o "$lab_out" "$@") >&2 || lab_code=$?
	echo $lab_code >"$lab_out/ended"
}

lab_said() {
	cat "$1/result"
	[ $# = 1 ] || just_these "$2" <"$1/result"
	return "$(cat "$1/ended")"
}

# A test that vanished, or a program that ended early, cannot look green.
just_these() {
	sed -n -E 's/^(not )?ok( [0-9]+)? - ([A-Za-z0-9_]+).*/\3/p' | diff - "$1" && return
	echo 'Bail out! other tests were run (<) than are expected (>)'
}

# feed FILE KIND
feed() {
	cp "$1" "$1.whole"
	case $2 in
	empty)	: ;;
	halved)	head -n $(($(wc -l <"$1") / 2)) "$1.whole" ;;
	doubled) cat "$1.whole" "$1.whole" ;;
	esac >"$1"
}

red_when() {	# KIND
	for file in $fed_files; do
		feed "$file" "$1"
		code=0
		eval FED="$1" '"$0"' "$fed_args" >"$file.$1" 2>&1 || code=$?
		mv "$file.whole" "$file"
		[ $code != 0 ] && grep -qE '^(not ok|Bail out!)' "$file.$1" ||
			{ echo "green, see $file.$1"; return 1; }
	done
}

before_end() {
	[ "$fed_files" ] && [ -z "${FED-}" ] && [ $tap_failed = 0 ] || return 0
	plan 3
	for kind in empty halved doubled; do
		check "red_when_results_are_$kind" red_when $kind
	done
}
