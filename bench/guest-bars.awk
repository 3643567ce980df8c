# SPDX-License-Identifier: GPL-2.0-only
# One group of bars of guest.png: a line for each work, a column for each timer, of the
# ratios to native.
#
#	awk -F, -v linux=SERIES -v column=NAME -f guest-bars.awk guest.csv

NR == 1 {
	for (i = 1; i <= NF; i++)
		if ($i == column)
			at = i
	next
}

$1 == linux {
	if (!($3 in native)) {
		work[++works] = $3
		native[$3] = 1
	}
	if (!($2 in seen)) {
		seen[$2]
		timer[++timers] = $2
	}
	if ($2 == "native")
		native[$3] = $at
	value[$2 $3] = $at
}

END {
	printf "work"
	for (t = 1; t <= timers; t++)
		printf " %s", timer[t]
	for (w = 1; w <= works; w++) {
		printf "\n%s", work[w]
		for (t = 1; t <= timers; t++)
			printf " %.3f", value[timer[t] work[w]] / native[work[w]]
	}
	print ""
}
