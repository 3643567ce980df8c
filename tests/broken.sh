# SPDX-License-Identifier: GPL-2.0-only
# Sourced by what breaks code and looks which test goes red, after tests/tap.sh.
# shellcheck shell=sh disable=SC2154
#
#	part NAME [COPY]	core, vmm, tools or guest: into COPY, where all runs
#	check ... unbroken	without a change none does
#	red			which of $suites does, if any; sets nothing
#
# Suites are cheap, and the cheapest come first: the first one that goes red will do.

part() {
	case $1 in
	core)	files='core/clock.c core/clock.h core/timer.c core/timer.h'
		sources=core folder=core suites=${SUITES:-test_timer test_clock test_page walk prop} ;;
	vmm)	files='vmm/setup.c vmm/vcpu.c' sources='core vmm' folder=vmm suites=test_vcpu ;;
	tools)	files=$(git -C "$TOP" ls-files 'tools/*.c')
		sources='tools VERSION' folder=tool suites='test_all test_cli' ;;
	guest)	files=guest/lapic.c sources='core guest' folder=guest-model suites=model ;;
	*)	die "no part '$1'" ;;
	esac
	copy=${2:-$BUILD/tests/broken/$1}
	rm -rf "$copy"
	mkdir -p "$copy"
	cd "$TOP"
	# shellcheck disable=SC2086 # words
	cp -r --parents include $sources "tests/$folder" "$copy"
	cd "$copy"
	limit_s=120
}

# A mutant need not compile: then it is "broken".  One that hangs is noticed.
red() {
	for suite in $suites; do
		program=build/tests/$folder/$suite
		[ "$folder" != core ] || program=build/tests/core/gcc/$suite
		make -s -C "tests/$folder" EXTRA="-w -fsanitize=undefined -fno-sanitize-recover=all" "../../$program" >said 2>&1 ||
			{ echo broken; return; }
		timeout "$limit_s" "$program" >said 2>&1 </dev/null || { echo "$suite"; return; }
	done
}

unbroken() {
	equal "$(red)" ''
}

# by_list LIST: each line is rule|file|what is broken|sed expression
by_list() {
	plan $((1 + $(grep -vc '^#' "$1")))
	check 'without a change nothing is red' unbroken
	while IFS='|' read -r rule file what change; do
		case $rule in '#'*) continue ;; esac
		check "$rule $what" caught "$file" "$change"
		note "$(cat by)"
	done <"$1"
}

caught() {	# FILE CHANGE
	sed -i "$2" "$1"
	: >by
	! cmp "$1" "$TOP/$1" || { echo 'the change no longer applies'; return 1; }
	by='' runs=0
	# What draws at random may miss it once: each run has a seed of its own.
	until [ -n "$by" ] || [ $((runs += 1)) -gt 20 ]; do by=$(red); done
	cp "$TOP/$1" "$1"
	echo "caught by ${by:-nobody}" | tee by
	case " $suites " in *" $by "*) ;; *) return 1 ;; esac
}
