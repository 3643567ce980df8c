# SPDX-License-Identifier: GPL-2.0-only
# gnuplot -e "out='build/bench'; timers=6" bench/guest.gp
set terminal pngcairo size 1500,900 font "sans,11" noenhanced
set output out."/guest.png"
array color[6] = ["#d62728", "#7f7f7f", "#ff7f0e", "#1f77b4", "#2ca02c", "#98df8a"]
columns = "exits_per_unit timer_writes_per_unit instructions_per_unit"
titles = "'VM exits' 'timer writes' 'instructions, host and guest'"
kernels = "6.1 6.12"
bars(linux, column) = "<awk -F, -v linux=".linux." -v column=".column. \
	" -f bench/guest-bars.awk ".out."/guest.csv"

set multiplot layout 2,3 title "What a Linux guest's timers cost: per unit of work, native is 1" font "sans,15"
set style data histograms
set style histogram clustered gap 1.5
set style fill solid noborder
set grid ytics lc rgb "#dddddd"
set yrange [0:2]
set xtics rotate by -30
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb "black"
do for [k=1:2] {
	do for [c=1:3] {
		set title word(titles, c).", Linux ".word(kernels, k)
		if (k == 1 && c == 1) { set key top left reverse Left } else { unset key }
		plot for [i=2:timers+1] bars(word(kernels, k), word(columns, c)) \
			using i:xtic(1) lc rgb color[i-1] title columnheader(i)
	}
}
unset multiplot
