# SPDX-License-Identifier: GPL-2.0-only
# "seconds since the move, lateness in us, interrupts" of each Linux sleep.
#
#	awk -v batch=N -f curve.awk SOURCE_RESULT DEST_RESULT
#
# The first batch warms up.  The move comes right after the last sleep that the
# source reports.
FNR == 1 { side++ }
$1 == "==" { wanted = $2 == "linux-sleeps" }
wanted && $1 == "sleep" && $2 >= batch {
	n++
	at_us[n] = $3
	rest[n] = $4 " " $5
	if (side == 1)
		moved_us = $3
}
END {
	for (i = 1; i <= n; i++)
		printf "%.4f %s\n", (at_us[i] - moved_us) / 1e6, rest[i]
}
