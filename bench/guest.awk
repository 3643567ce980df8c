# SPDX-License-Identifier: GPL-2.0-only
# Lines of guest.csv from what bench/guest/run said in one host.
#
#	awk -v linux=SERIES -v timer=NAME -f guest.awk RESULT
#
# The work "empty" is what two marks cost, and is taken off.

function complain(what) {
	print "Linux " linux ", " timer ": " what >"/dev/stderr"
	failed = 1
	exit 1
}

# 1 to 5: exits, timer writes, timer interrupts, wake-ups, instructions
function per_unit(i) { return (count[i] - empty[i] / empties) / $3 }

# A guest's work is between two of them.
$1 == "COUNT" {
	split($2 " " $3 " - " $4 " " $5, now, " ")
	for (i in now) {
		count[i] = now[i] - last[i]
		last[i] = now[i]
	}
	marks++
}

$1 == "WORK" {
	if (marks != 2)
		complain($2 " is not between two marks")
	marks = 0
	count[3] = $4
	if ($2 == "empty") {
		for (i in count)
			empty[i] += count[i]
		empties++
		next
	}
	if (!empties || $3 < 1 || count[1] <= 0)
		complain("no figures of " $2)
	printf "%s,%s,%s,%d,%.3f,%.3f,%.3f,%.3f,%.0f,%s\n", linux, timer, $2, $3,
		per_unit(1), per_unit(2), per_unit(3), per_unit(4), per_unit(5),
		$5 == "-" ? "" : $5
	works++
}

END {
	if (!failed && works != 6)
		complain(works + 0 " kinds of work in place of 6")
}
