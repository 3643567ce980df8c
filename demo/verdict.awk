# SPDX-License-Identifier: GPL-2.0-only
# The table and the verdict from result.csv and once.csv; exits with 1 when an
# expectation fails.
#
#	awk -F, -f verdict.awk result.csv once.csv

function human(us) {
	if (us >= 1e6 || us <= -1e6)
		return sprintf("%.2f s", us / 1e6)
	if (us >= 1000 || us <= -1000)
		return sprintf("%.1f ms", us / 1000)
	return sprintf("%.0f us", us)
}

function late(us) {
	return us < 0 ? human(-us) " early" : human(us) " late"
}

function distance(a, b) { return a < b ? b - a : a - b }

function expect(what, holds) {
	printf "  %-7s %s\n", holds ? "ok" : "FAILED", what
	failed += !holds
}

# result.csv
FNR == 1 { file++; next }
file == 1 {
	row = $2 == "live" ? $1 " live" : $1 " " $3 " " $5
	before[row] = $6
	after[row] = $7
	irqs_before[row] = $9
	irqs_after[row] = $10
	early[row] = $11
	next
}

# once.csv
{ once[$1 " " $3 " " $2] = $4 }

function sleep_table(  i, g, slow, fast) {
	print "\nHow late 50 ms sleeps end (median), and timer interrupts per sleep:\n"
	printf "%-10s%-7s%20s%22s%22s\n", "timer", "guest", "on 1.0 GHz",
		"moved to 0.5 GHz", "moved to 2.5 GHz"
	for (i = 1; i <= timers; i++) {
		for (g = 1; g <= guests; g++) {
			slow = timer[i] " " guest[g] " 500000"
			fast = timer[i] " " guest[g] " 2500000"
			printf "%-10s%-7s%11s %8.1f%13s %8.1f%13s %8.1f\n", timer[i], guest[g],
				human(before[slow]), irqs_before[slow], human(after[slow]),
				irqs_after[slow], human(after[fast]), irqs_after[fast]
		}
	}
}

function once_table(  i, g, row) {
	print "\nOne timer armed 10 s ahead; the guest is moved meanwhile; when it fires:\n"
	printf "%-10s%-7s%20s%22s%22s\n", "timer", "guest", "",
		"moved to 0.5 GHz", "moved to 2.5 GHz"
	for (i = 1; i <= timers; i++) {
		for (g = 1; g <= guests; g++) {
			row = timer[i] " " guest[g]
			printf "%-10s%-7s%20s%22s%22s\n", timer[i], guest[g], "",
				late(once[row " 500000"]), late(once[row " 2500000"])
		}
	}
}

function live_table(  i) {
	print "\nA live move over TCP, in real time, to a host of half the rate (noisy):\n"
	for (i = 1; i <= timers; i += timers - 1)
		printf "%-10s%-7s%11s %8.1f%13s %8.1f\n", timer[i], "linux",
			human(before[timer[i] " live"]), irqs_before[timer[i] " live"],
			human(after[timer[i] " live"]), irqs_after[timer[i] " live"]
}

function expect_steady(name, ghz, row) {
	expect(name " on " ghz " GHz: median lateness within 10 us of before",
	       distance(before[row], after[row]) <= 10)
	expect(name " on " ghz " GHz: interrupts per sleep within 20 % of before",
	       distance(irqs_before[row], irqs_after[row]) <= 0.2 * irqs_before[row])
}

function expect_as_native(row) {
	expect("msr is within 10 us of what native was before the move",
	       distance(before[row], before["native linux 500000"]) <= 10 &&
	       distance(after[row], before["native linux 500000"]) <= 10)
}

function expect_once(khz, ghz,  us) {
	us = once["msr micro " khz]
	expect("msr, armed before the move to " ghz " GHz: not early, at most 100 us late",
	       us >= 0 && us <= 100)
}

END {
	timers = split("native oneshot kvmclock msr", timer, " ")
	guests = split("linux micro", guest, " ")
	sleep_table()
	once_table()
	live_table()

	print "\nExpected:"
	expect("native on 0.5 GHz: more than 40 ms late", after["native linux 500000"] > 40000)
	expect("native on 2.5 GHz: more than 10 times the interrupts",
	       irqs_after["native linux 2500000"] > 10 * irqs_before["native linux 2500000"])
	for (i = 3; i <= 4; i++) {
		expect_steady(timer[i], "0.5", timer[i] " linux 500000")
		expect_steady(timer[i], "2.5", timer[i] " linux 2500000")
	}
	expect_as_native("msr linux 500000")
	expect_as_native("msr linux 2500000")
	expect_once(500000, "0.5")
	expect_once(2500000, "2.5")
	for (i = 1; i <= 3; i += 2) {
		expect(timer[i] ", armed before the move to 0.5 GHz: seconds late",
		       once[timer[i] " micro 500000"] > 1e6)
		expect(timer[i] ", armed before the move to 2.5 GHz: seconds early",
		       once[timer[i] " micro 2500000"] < -1e6)
	}
	expect("msr is never early in the micro-guest",
	       early["msr micro 500000"] "" early["msr micro 2500000"] == "00")

	expect("live: msr ends sleeps less late than native", after["msr live"] < after["native live"])

	if (failed) {
		print "\nVerdict: " failed " of these expectations failed; the demo does not show what it should."
		exit 1
	}
	printf "\nVerdict: after a move to a host of half the TSC rate this guest's 50 ms sleeps end %s\n", late(after["native linux 500000"])
	printf "with Linux's own TSC deadline timer and %s with MSR_KVM_DEADLINE (%s before the\n", late(after["msr linux 500000"]), human(before["msr linux 500000"])
	print "move).  Only MSR_KVM_DEADLINE also keeps a timer right that was armed before the move."
}
