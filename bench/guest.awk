# SPDX-License-Identifier: GPL-2.0-only
# Lines of guest.csv from what bench/guest/run said in one host.
#
#	awk -v linux=SERIES -v timer=NAME -f guest.awk RESULT
#
# Each work was done twice.  The first time timer writes were traced, and memory touched that
# the host had to find; so instructions and lateness are those of the second time.
# The work "empty" is what two marks cost, and is taken off.

function complain(what) {
	print "Linux " linux ", " timer ": " what >"/dev/stderr"
	failed = 1
	exit 1
}

# 1 to 5: exits, timer writes, timer interrupts, wake-ups, instructions
function is_good(i, traced) { return i == 2 ? traced : i == 5 ? !traced : 1 }

function per_unit(work, i) {
	return (sum[work, i] - times[work, i] * sum["empty", i] / times["empty", i]) / units[work, i]
}

# A guest's work is between two of them.
$1 == "COUNT" {
	split($2 " " $3 " - " $4 " " $5, now, " ")
	for (i = 1; i <= 5; i++) {
		count[i] = now[i] - last[i]
		last[i] = now[i]
	}
	marks++
}

$1 == "WORK" {
	if (marks != 2)
		complain($2 " is not between two marks")
	if ($3 < 1 || count[1] <= 0)
		complain("no figures of " $2)
	marks = 0
	count[3] = $4
	traced = ++done[$2] % 2
	for (i = 1; i <= 5; i++) {
		if (is_good(i, traced)) {
			sum[$2, i] += count[i]
			units[$2, i] += $3
			times[$2, i]++
		}
	}
	if (done[$2] == 1 && $2 != "empty")
		name[++works] = $2
	late[$2] = $5 == "-" ? "" : $5
}

END {
	if (failed)
		exit 1
	if (works != 6)
		complain(works + 0 " kinds of work in place of 6")
	for (w = 1; w <= works; w++)
		if (done[name[w]] != 2 || !done["empty"] || done["empty"] % 2)
			complain(name[w] " was not done twice, or nothing to compare it with")
	for (w = 1; w <= works; w++) {
		work = name[w]
		printf "%s,%s,%s,%d", linux, timer, work, units[work, 1]
		for (i = 1; i <= 4; i++)
			printf ",%.3f", per_unit(work, i)
		printf ",%.0f,%s\n", per_unit(work, 5), late[work]
	}
}
