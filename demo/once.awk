# SPDX-License-Identifier: GPL-2.0-only
# Two lines of once.csv: how late the timer fired that was armed 10 s ahead before
# the move (negative: early), and which MSR held a deadline on either side.
#
#	awk -v timer=T -v dest_khz=N -f once.awk SOURCE_RESULT DEST_RESULT

$1 == "==" { job = $2 }

job == "micro-once" && $1 == "FIRED" {
	split($4, late, "=")
	micro = late[2] / 1000
	found++
}

job == "micro-watch" && ($1 == "ARMED_MSR" || $1 == "MOVED_MSR") {
	msrs[$1] = $2 " " $3
	found++
}

job == "linux-long" && $1 == "sleep" {
	linux = $4
	found++
}

END {
	if (found != 4) {
		print timer ", " dest_khz " kHz: a timer armed before the move is missing" >"/dev/stderr"
		exit 1
	}
	printf "%s,%s,micro,%.1f,%s,%s\n", timer, dest_khz, micro,
		msrs["ARMED_MSR"], msrs["MOVED_MSR"]
	printf "%s,%s,linux,%.1f,,\n", timer, dest_khz, linux
}
