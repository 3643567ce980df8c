# SPDX-License-Identifier: GPL-2.0-only
# Lines of arm.csv from what arm.c said in one host.
#
#	awk -F, -v host=NAME -v ns=NS_PER_INSTRUCTION -f ratio.awk RESULT

{
	key[NR] = host "," $1 "," $2
	vcpus[NR] = $1
	instructions[NR] = $4 / $3 / ns
	exits[NR] = $5 / $3
	if ($2 == "TSC deadline")
		native[$1] = instructions[NR]
}

END {
	if (!(1 in native)) {
		print host ": no figures" >"/dev/stderr"
		exit 1
	}
	for (i = 1; i <= NR; i++)
		printf "%s,%.0f,%.2f,%.2f\n", key[i], instructions[i], exits[i],
			instructions[i] / native[vcpus[i]]
}
