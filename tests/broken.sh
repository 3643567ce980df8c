# SPDX-License-Identifier: GPL-2.0-only
# Sourced by what breaks code and looks which test goes red, after tests/tap.sh.
# shellcheck shell=sh disable=SC2154
#
#	part NAME [COPY]	core, vmm, tools, guest or qemu: into COPY, where all runs
#	check ... unbroken	without a change none does
#	red			which of $suites does, if any; sets nothing
#
# Suites are cheap, and the cheapest come first: the first one that goes red will do.
# What they draw at random, they draw by $runs seeds, the same ones each time: so what
# is noticed today is noticed tomorrow.

part() {
	case $1 in
	core)	files='core/clock.c core/clock.h core/timer.c core/timer.h'
		sources=core folder=core suites=${SUITES:-test_timer test_clock test_page walk prop} ;;
	vmm)	files='vmm/setup.c vmm/vcpu.c' sources='core vmm' folder=vmm
		suites='test_vcpu_plain test_vcpu' ;;
	tools)	files=$(git -C "$TOP" ls-files 'tools/*.c')
		sources='tools VERSION' folder=tool suites='test_all test_cli' ;;
	guest)	files=guest/lapic.c sources='core guest' folder=guest-model suites='test_arm model' ;;
	qemu)	files=$(git -C "$TOP" ls-files 'qemu/feature/*.c' 'qemu/library/*.c')
		sources='qemu vmm' folder=qemu-unit suites=test_qemu ;;
	*)	die "no part '$1'" ;;
	esac
	copy=${2:-$BUILD/tests/broken/$1}
	rm -rf "$copy"
	mkdir -p "$copy"
	cd "$TOP"
	# shellcheck disable=SC2086 # words
	cp -r --parents include $sources "tests/$folder" "$copy"
	cd "$copy"
	limit_s=120 runs=1 sanitizer=
	# Others have theirs, and of the tool there is most to build.
	case $1 in
	core)	sanitizer='-fsanitize=undefined -fno-sanitize-recover=all' ;;
	tools)	sanitizer=-fno-sanitize=all ;;
	esac
}

# A mutant need not compile: then it is "broken".  One that hangs is noticed.
red() {
	for suite in $suites; do
		program=build/tests/$folder/$suite
		[ "$folder" != core ] || program=build/tests/core/gcc/$suite
		make -s -C "tests/$folder" EXTRA="-w $sanitizer" "../../$program" >said 2>&1 ||
			{ echo broken; return; }
		for run in $(seq "$runs"); do
			SEED=$run timeout "$limit_s" "$program" >said 2>&1 </dev/null ||
				{ echo "$suite"; return; }
		done
	done
}

unbroken() {
	equal "$(red)" ''
}

# by_list LIST: each line is rule|file|what is broken|sed expression
by_list() {
	plan $((1 + $(grep -vc '^#' "$1")))
	check 'without a change nothing is red' unbroken
	runs=20
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
	by=$(red)
	cp "$TOP/$1" "$1"
	echo "caught by ${by:-nobody}" | tee by
	case " $suites " in *" $by "*) ;; *) return 1 ;; esac
}
