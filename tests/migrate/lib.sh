# SPDX-License-Identifier: GPL-2.0-only
# Sourced by the suites that migrate guests: figures of a guest's sleeps, and verdicts.
# shellcheck shell=sh

LATE_US=10	# boots differ by a few microseconds, the defect is 50 000
BATCH=50	# the first report of each side is left out: it warms up

# "P50_US IRQS_PER_SLEEP SLEEPS" of a file of "sleep INDEX NOW_US LATE_US IRQS"
figures() {
	tail -n +$((BATCH + 1)) "$1" | sort -n -k 4 | awk '
		{ late[NR] = $4; irqs += $5 }
		END { print late[int((NR + 1) / 2)] + 0, NR ? irqs / NR : 0, NR }'
}

# For check: CONDITION in awk
holds() { awk "BEGIN { exit !($1) }" || { echo "not so: $1"; false; }; }

# What a guest of the tests sleeps on either side, less the first report.
BEFORE=150 AFTER=350

# compare NAME P50 IRQS SLEEPS (before) P50 IRQS SLEEPS (after)
compare() {
	note "$1: p50 $2 us, $3 interrupts per sleep, $4 sleeps before;" \
	     "$5 us, $6, $7 after"
	check "$1_goes_on_sleeping" holds "$4 == $BEFORE && $7 == $AFTER"
	check "$1_wakes_as_on_the_source" holds "$5 - $2 <= $LATE_US && $2 - $5 <= $LATE_US"
	check "$1_is_not_woken_more_often" holds "$6 <= 1.2 * $3 && $6 >= 0.8 * $3"
}
