# SPDX-License-Identifier: GPL-2.0-only
# The table from guest.csv.
#
#	awk -F, -f guest-table.awk guest.csv

NR == 1 { next }

!($1 in seen) { seen[$1]; linux[++kernels] = $1 }
!($3 in seen) { seen[$3]; work[++works] = $3 }
!($2 in seen) { seen[$2]; timer[++timers] = $2 }
{
	exits[$1 $2 $3] = $5
	writes[$1 $2 $3] = $6
	rest[$1 $2 $3] = sprintf("%8.2f%8.2f%9d%8s", $7, $8, $9,
		$10 == "" ? "-" : sprintf("%.1f", $10 / 1000))
}

# To native, where that is there.
function ratio(value, native) {
	return native > 0 ? sprintf("%7.2f (%.2f)", value, value / native) : sprintf("%7.2f       ", value)
}

function row(name, key, native) {
	printf "  %-10s%s%s%s\n", name, ratio(exits[key], exits[native]),
		ratio(writes[key], writes[native]), rest[key]
}

END {
	print "\nA guest with two vCPUs, per unit of work; in brackets the ratio to native:"
	for (k = 1; k <= kernels; k++) {
		printf "\nLinux %-6s%14s%14s%8s%8s%9s%8s\n", linux[k], "exits  ", "timer  ",
			"timer", "host", "instruc-", "late"
		printf "%12s%14s%14s%8s%8s%9s%8s\n", "", "", "writes ", "irqs", "wakes", "tions", "us"
		for (w = 1; w <= works; w++) {
			print work[w]
			for (t = 1; t <= timers; t++)
				row(timer[t], linux[k] timer[t] work[w], linux[k] "native" work[w])
		}
	}
}
