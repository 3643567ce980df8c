# SPDX-License-Identifier: GPL-2.0-only
# The table from arm.csv.
#
#	awk -F, -f table.awk arm.csv

NR == 1 {
	print "\nOne arm: instructions of the host, KVM exits, and the ratio to the TSC deadline:\n"
	next
}

$1 " " $2 != last {
	if ($1 != host)
		printf "%s%s\n", host == "" ? "" : "\n", about($1)
	host = $1
	last = $1 " " $2
	printf "  %d vCPU%s\n", $2, ($2 > 1 ? "s" : "")
}

{ printf "    %-20s%8d%8s%8s\n", $3, $4, $5, $6 }

function about(host) {
	if (host == "amd")
		return "AMD host, our KVM"
	if (host == "amd-stock")
		return "AMD host, stock KVM"
	return "Intel host, our KVM, where arms in the kernel take the exit fastpath"
}
