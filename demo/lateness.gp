# SPDX-License-Identifier: GPL-2.0-only
# gnuplot -e "out='build/demo'" demo/lateness.gp
set terminal pngcairo size 1200,900 font "sans,12" noenhanced
set output out."/lateness.png"
timers = "native oneshot stimer kvmclock msr"
titles = "'native TSC deadline' 'local APIC one-shot' 'Hyper-V stimer' 'kvmclock' 'MSR_KVM_DEADLINE'"
array color[5] = ["#d62728", "#7f7f7f", "#ff7f0e", "#1f77b4", "#2ca02c"]
array shape[5] = [7, 1, 8, 6, 2]
curve(i, move) = out."/".word(timers, i)."/".move."/curve"

set multiplot layout 2,1 title "50 ms sleeps of a Linux guest that is moved at 0 s from a 1.0 GHz host" font "sans,15"
set lmargin 12
set grid ytics lc rgb "#dddddd"
set xlabel "seconds since the move, on the guest's clock"
set xrange [-8:16]
set logscale y
set arrow 1 from 0, graph 0 to 0, graph 1 nohead dt 2 lw 2 lc rgb "black"
set label 1 "moved" at 0, graph 0.93 offset 0.7, 0
set key outside right center reverse Left

set title "to a host of half the rate, 0.5 GHz"
set ylabel "how late a sleep ends"
set yrange [5:200000]
set ytics ("10 us" 10, "100 us" 100, "1 ms" 1000, "10 ms" 10000, "100 ms" 100000)
plot for [i=1:5] curve(i, "half") using 1:2 with points pt shape[i] ps 0.7 \
	lc rgb color[i] title word(titles, i)

set title "to a host of 2.5 times the rate, 2.5 GHz"
set ylabel "timer interrupts per sleep"
set yrange [1:100]
set ytics (1, 2, 5, 10, 20, 50, 100)
plot for [i=1:5] curve(i, "fast") using 1:3 with points pt shape[i] ps 0.7 \
	lc rgb color[i] title word(titles, i)
unset multiplot
