# SPDX-License-Identifier: GPL-2.0-only
# Two lines "timer,dest_khz,guest,late_us" about the timer armed 10 s ahead, from
# what the guests said after the move; negative is early.
#
#	awk -v timer=T -v dest_khz=N -f once.awk DEST_RESULT

$1 == "==" { job = $2 }

job == "micro-once" && $1 == "FIRED" {
	split($4, late, "=")
	micro = late[2] / 1000
	fired++
}

job == "linux-long" && $1 == "sleep" {
	linux = $4
	fired++
}

END {
	if (fired != 2) {
		print timer ", " dest_khz " kHz: a timer armed before the move is missing" >"/dev/stderr"
		exit 1
	}
	printf "%s,%s,micro,%.1f\n%s,%s,linux,%.1f\n", timer, dest_khz, micro, timer, dest_khz, linux
}
