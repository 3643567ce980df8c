# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/patches/drive: the three series for the Linux of $KERNEL.
# shellcheck shell=sh disable=SC2154

HOOK_LINES=45	# may go into KVM's own files

# All of the source: to configure a kernel takes each Kconfig.
unpack_linux() {
	rm -rf "$work" && mkdir -p "$tree"
	tar -C "$tree" --strip-components=1 -xf "$(linux_source)"
	begin arch/x86/Kconfig arch/x86/include arch/x86/kernel arch/x86/kvm arch/x86/lib \
		include/uapi Documentation/virt tools/testing/selftests/kvm
}

kbuild() {	# ARCH TARGET...
	arch=$1
	shift
	make -s -C "$tree" O="$work/$arch" ARCH="$arch" -j"$(nproc)" KCFLAGS=-g0 "$@"
}

configure() {	# ARCH
	kbuild "$1" defconfig
	"$tree/scripts/config" --file "$work/$1/.config" -e HYPERVISOR_GUEST -e PARAVIRT \
		-e KVM_GUEST -m KVM -m KVM_INTEL -m KVM_AMD -e WERROR
	kbuild "$1" olddefconfig prepare
}

# What is allowed here, and why, is in our own configuration: some of the files are
# read by userspace as well.
linux_checkpatch() {
	(cd "$tree" && cp "$TOP/.checkpatch.conf" . &&
	 ! perl scripts/checkpatch.pl --strict --terse --ignore FILE_PATH_CHANGES "$1" | grep .)
}

linux_builds() {
	driver=arch/x86/kernel/kvm_deadline/
	[ -d "$tree/$driver" ] || driver=
	kbuild x86_64 olddefconfig &&
	kbuild x86_64 arch/x86/lib/ arch/x86/kernel/apic/ ${driver:+"$driver"} arch/x86/kvm/
}

# Of our own files; what the kernel's headers are said to be is theirs.
sparse_says_nothing() {
	for file in "$tree"/arch/x86/lib/kvm_deadline/*.c "$tree"/arch/x86/kvm/deadline/*.c \
		    "$tree"/arch/x86/kernel/kvm_deadline/*.c; do
		object=${file#"$tree/"} object=${object%.c}.o
		rm -f "$work/x86_64/$object"
		kbuild x86_64 C=1 "$object" >"$work/log" 2>&1 || { tail "$work/log"; return 1; }
		! grep 'deadline/.*: \(warning\|error\)' "$work/log" || return
	done
}

# A 64-bit division would call libgcc's, which a kernel does not have.
builds_in_32_bits() {
	configure i386 && grep '^CONFIG_KVM_GUEST_DEADLINE=y' "$work/i386/.config" &&
	kbuild i386 arch/x86/lib/kvm_deadline/ arch/x86/kernel/kvm_deadline/ \
		arch/x86/kernel/apic/ arch/x86/kvm/ || return
	find "$work"/i386/arch/x86 -path '*deadline*' -name '*.o' >"$work/objects"
	[ "$(wc -l <"$work/objects")" -ge 6 ] &&
	! xargs nm -u <"$work/objects" | grep -E '__(u?div|u?mod|mul|ash|lsh)[dt]i3'
}

selftest_builds() {
	kvm=$tree/tools/testing/selftests/kvm
	[ -d "$kvm/x86" ] && x86=x86 || x86=x86_64
	kbuild x86_64 headers &&
	mkdir -p "$work/selftests" &&
	make -s -C "$kvm" OUTPUT="$work/selftests" ARCH=x86_64 -j"$(nproc)" \
		KHDR_INCLUDES="-isystem $work/x86_64/usr/include" \
		"$work/selftests/$x86/kvm_deadline_test" >"$work/log" 2>&1 ||
		{ cat "$work/log"; return 1; }
	! grep -A 3 'kvm_deadline_test.*warning' "$work/log"
}

# What the patch adds to KVM's own files.
hook_lines() {
	git apply --numstat "$1" | awk '
		$3 ~ /^arch\/x86\/kvm\// && $3 !~ /deadline\/|Makefile|Kconfig/ { n += $1 }
		END { print n + 0 }'
}

few_lines() {
	lines=$(hook_lines "$1")
	echo "$lines lines"
	[ "$lines" -gt 0 ] && [ "$lines" -le $HOOK_LINES ]
}

# The kernel's words for it, in the place of 128 bits, by the tests of core/.
same_arithmetic() {
	sed '/^#include </d' "$TOP/series/linux/core/clock.c" >"$work/clock.c"
	for program in test_clock test_timer walk; do
		gcc -std=gnu11 -O2 -g -Wall -Wextra -Werror -pthread -I"$TOP/include" -I"$TOP/core" \
			-fsanitize=address,undefined -fno-sanitize-recover=all \
			-include "$TOP/tests/patches/shim.h" "$TOP/tests/core/$program.c" \
			"$work/clock.c" "$TOP/core/timer.c" -o "$work/$program" -lcmocka &&
		timeout 300 "$work/$program" || return
	done
}

all_series() {
	linux=linux-$KERNEL figures='^  msr  *[0-9]* us'
	work=$BUILD/tests/patches/$linux tree=$work/tree
	host=$BUILD/patches/$linux/host
	"$TOP/series/linux/make"
	unpack_linux
	configure x86_64 >"$work/log" 2>&1 ||
		die "Linux $KERNEL cannot be configured: $(tail -n 1 "$work/log")"
	plan 7
	check "$linux/host: cover letter" has_cover "$host" "$figures"
	each_patch "$linux/host" 3 linux_checkpatch linux_builds
	check "$linux/host: at most $HOOK_LINES lines in KVM's own files" \
		few_lines "$host"/0002-*.patch
	note "$linux: $(hook_lines "$host"/0002-*.patch) lines in KVM's own files"
	check "$linux/host: the arithmetic is that of core/" same_arithmetic
	check "$linux/selftests: cover letter" has_cover "$BUILD/patches/$linux/selftests"
	each_patch "$linux/selftests" 1 linux_checkpatch selftest_builds
	check "$linux/guest: cover letter" has_cover "$BUILD/patches/$linux/guest" "$figures"
	each_patch "$linux/guest" 2 linux_checkpatch linux_builds
	check "$linux: sparse says nothing" sparse_says_nothing
	check "$linux: builds in 32 bits" builds_in_32_bits
	rm -rf "$work"
}
