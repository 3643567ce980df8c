# SPDX-License-Identifier: GPL-2.0-only
# Three lines for once.csv: how late the timer fired that was armed 10 s ahead
# before the move (negative: early), and which MSR held a deadline on either side.
# micro is the guest that saw the move and halted then, halted was saved so; of that
# one KVM's trace also tells when it raised the vector, if it was ours.
#
#	awk -v timer=T -v dest_khz=N -f once.awk SOURCE_RESULT DEST_RESULT

$1 == "==" { job = $2 }

$1 == "FIRED" {
	split($4, field, "=")
	late[job] = field[2] / 1000
	found++
}

$1 == "RAISED" { raised = sprintf("%.1f", ($3 - $2) / 1000) }

job == "micro-watch" && ($1 == "ARMED_MSR" || $1 == "MOVED_MSR") {
	msrs[$1] = $2 " " $3
	found++
}

job == "linux-long" && $1 == "sleep" {
	late[job] = $4
	found++
}

function row(guest, job) {
	return sprintf("%s,%s,%s,%.1f", timer, dest_khz, guest, late[job])
}

END {
	if (found != 5) {
		print timer ", " dest_khz " kHz: a timer armed before the move is missing" >"/dev/stderr"
		exit 1
	}
	print row("linux", "linux-long") ",,,"
	print row("micro", "micro-watch") "," msrs["ARMED_MSR"] "," msrs["MOVED_MSR"] ","
	print row("halted", "micro-once") ",,," raised
}
