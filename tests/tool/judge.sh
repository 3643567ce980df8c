# SPDX-License-Identifier: GPL-2.0-only
# Sourced by the tests of the tool after tests/tap.sh: judges $code and $work/out, which
# they set.
# shellcheck shell=sh disable=SC2154

# verdict NAME COMPLAINT: green without one
verdict() {
	{
		echo "$2"
		cat "$work/out"
	} >"$tap_said"
	if [ -z "$2" ]; then result 0 "$1"; else result 1 "$1"; fi
}

# judged NAME EXIT_CODE [!]WORDS...: "!" before what must not be there
judged() {
	name=$1 bad=
	[ "$code" = "$2" ] || bad="exit code $code, not $2"
	# What must not be there is not there in nothing, either.
	[ -s "$work/out" ] || bad="$bad; it says nothing"
	shift 2
	# One line, as the text is wrapped for people.
	text=$(tr -s ' \n' ' ' <"$work/out")
	for words; do
		case $words in
		'!'*)	case $text in *"${words#!}"*) bad="$bad; it says '${words#!}'" ;; esac ;;
		*)	case $text in *"$words"*) ;; *) bad="$bad; it does not say '$words'" ;; esac ;;
		esac
	done
	verdict "$name" "$bad"
}

# json_judged NAME EXIT_CODE CONDITION: in Python, of the object d, and of d2 if
# there are several, a line each: the last one.
json_judged() {
	bad=$(python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
d, d2 = lines[0], lines[-1]
if not eval("(" + sys.argv[2] + ")"): print("not so:", sys.argv[2])' "$work/out" "$3" 2>&1 | tail -n 1)
	[ "$code" = "$2" ] || bad="exit code $code, not $2; $bad"
	verdict "$1" "$bad"
}
