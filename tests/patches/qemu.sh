# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/patches/drive: the two series for QEMU.
# shellcheck shell=sh

# The folder that the new files go to has its maintainers.
qemu_checkpatch() {
	(cd "$tree" &&
	 ! perl scripts/checkpatch.pl --strict --terse --no-summary "$1" |
		grep -v 'does MAINTAINERS need updating')
}

qemu_builds() {
	[ -d "$tree/build" ] || (mkdir "$tree/build" && cd "$tree/build" &&
		../configure --target-list=x86_64-softmmu --without-default-features \
			--enable-system --enable-kvm --enable-tcg --disable-tools \
			--disable-docs --disable-debug-info --enable-werror) || return
	ninja -C "$tree/build" qemu-system-x86_64
}

# Its first patch brings the switch.
library_builds() {
	ninja -C "$tree/build" build.ninja &&
	meson configure -Dlibkvmdeadline=enabled "$tree/build" &&
	qemu_builds
}

# What it answers shows that it knows the option.
qemu_says() {	# WORDS OPTION...
	words=$1
	shift
	! timeout 60 "$tree/build/qemu-system-x86_64" -nodefaults -display none "$@" >"$work/answer" 2>&1
	cat "$work/answer"
	grep -q "$words" "$work/answer"
}

qemu_knows() { qemu_says 'needs KVM, and kvm=on' -accel tcg -cpu max,+kvm-deadline,enforce; }
library_knows() { qemu_says "does not accept value 'yes'" -accel kvm,deadline=yes; }

qemu_without() {
	meson configure -Dlibkvmdeadline=disabled "$tree/build" && qemu_builds && qemu_knows
}

unpack_qemu() {
	rm -rf "$work" && mkdir -p "$work"
	dpkg-source --no-copy -x "$BUILD"/qemu-source/qemu_*.dsc "$tree" >"$work/log" 2>&1
	begin MAINTAINERS meson.build meson_options.txt scripts include/standard-headers \
		qapi/run-state.json qemu-options.hx target/i386 docs/system
	make -s -C "$TOP/vmm" install PREFIX="$work/prefix" OUT="$work/vmm" >>"$work/log" 2>&1
}

all_series() {
	work=$BUILD/tests/patches/qemu tree=$work/tree
	"$TOP/series/qemu/make"
	unpack_qemu
	export PATH="/usr/bin:$PATH" PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
	plan 5
	check 'qemu/feature: cover letter' has_cover "$BUILD/patches/qemu/feature"
	each_patch qemu/feature 3 qemu_checkpatch qemu_builds
	check 'qemu: knows -cpu +kvm-deadline' qemu_knows
	check 'qemu/library: cover letter' has_cover "$BUILD/patches/qemu/library"
	each_patch qemu/library 3 qemu_checkpatch library_builds
	check 'qemu: knows -accel kvm,deadline' library_knows
	check 'qemu: builds without libkvmdeadline' qemu_without
	rm -rf "$work"
}
