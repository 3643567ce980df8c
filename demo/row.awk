# SPDX-License-Identifier: GPL-2.0-only
# One line of result.csv from what the guests said before and after a move.
#
#	awk -v timer=T -v move=M -v guest=linux|micro -v source_khz=N -v dest_khz=N
#		-v skip_before=N -v skip_after=N -f row.awk SOURCE_RESULT DEST_RESULT
#
# skip_before sleeps warm up; the first skip_after sleeps that the destination
# reports may have begun at the source.

function insert(list, n, value) {
	while (n > 0 && list[n] > value) {
		list[n + 1] = list[n]
		n--
	}
	list[n + 1] = value
}

function median(list, n) {
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

FNR == 1 { side++ }

$1 == "==" { wanted = $2 == guest "-sleeps"; seen = 0 }

wanted && $1 == "sleep" && side == 1 && seen++ >= skip_before {
	insert(before, nb++, $4)
	irqs_before += $5
}

wanted && $1 == "sleep" && side == 2 && seen++ >= skip_after {
	insert(after, na++, $4)
	irqs_after += $5
}

wanted && /^early=/ { early = substr($1, 7) }

END {
	if (!nb || !na) {
		print timer ", " move ", " guest ": no sleeps were measured" >"/dev/stderr"
		exit 1
	}
	printf "%s,%s,%s,%d,%d,%.1f,%.1f,%.1f,%.2f,%.2f,%s\n", timer, move, guest,
		source_khz, dest_khz, median(before, nb), median(after, na),
		after[na], irqs_before / nb, irqs_after / na, early
}
