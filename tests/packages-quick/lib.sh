# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/packages-quick/drive, which has $tree, $work, $root and the kernels'
# names: a Debian that is a folder, and packages with a stub in place of the build.
# shellcheck shell=sh disable=SC2154

# Every mount is in a namespace of its own, so that none can be left behind.
in_root() {
	unshare --mount --pid --fork --kill-child "$TOP/tests/packages/enter" "$root" "$@"
}

module() {	# FILE NAME KERNEL
	mkdir -p "${1%/*}"
	printf '%s\n' "char a[] __attribute__((section(\".modinfo\"), used)) = \"name=$2\";" \
		"char b[] __attribute__((section(\".modinfo\"), used)) = \"vermagic=$3 SMP\";" |
		gcc -x c -c -o "$1" -
}

kernel() {	# ABI
	for name in $HOST; do module "$root/lib/modules/$1/kernel/kvm/$name.ko" "$name" "$1"; done
	touch "$root/boot/vmlinuz-$1" "$root/boot/initrd.img-$1"
	in_root depmod "$1"
}

headers() {	# ABI VERSION
	build=$root/lib/modules/$1/build
	mkdir -p "$build/include/generated" "$build/scripts"
	echo "#define LINUX_PACKAGE_ID \" Debian $2\"" >"$build/include/generated/package.h"
	echo 'CONFIG_MODULE_SIG_HASH="sha256"' >"$build/.config"	# dkms signs for such ones
	stub "$root/lib/modules/$1/build/scripts/sign-file" 'exit 0'
	for name in $HOST $GUEST; do module "$root/stub/$1/$name.ko" "$name" "$1"; done
}

# A package of no content: what ours depend on, but for dkms, is not used here.
pack() {	# NAME VERSION [FILE]
	mkdir -p "$work/dummy/DEBIAN"
	printf '%s\n' "Package: $1" "Version: $2" 'Architecture: all' \
		'Maintainer: nobody <nobody@localhost>' 'Description: nothing' >"$work/dummy/DEBIAN/control"
	[ -z "${3-}" ] || { mkdir -p "$work/dummy${3%/*}" && echo "$2" >"$work/dummy$3"; }
	dpkg-deb -b "$work/dummy" "$root/debs/$1.deb"
	rm -r "$work/dummy"
}

dummy() { pack "$@" && in_root dpkg -i "/debs/$1.deb"; }

# As those of Debian's kernels do, and it fails if a hook fails.
kernel_package() {	# ABI
	mkdir -p "$work/dummy/DEBIAN"
	stub "$work/dummy/DEBIAN/postinst" \
		"exec run-parts --exit-on-error --arg=$1 /etc/kernel/postinst.d"
	pack "linux-image-$1" 1
	apt_installs "linux-image-$1"
}

linux_source() { dummy linux-source-6.1 "$1" /usr/src/linux-source-6.1.tar.xz; }

# NAME [VERSION [PREINST]]: our package, with a stub for its build
repack() {
	rm -rf "$work/deb"
	for stub_deb in "$work/repo/kvm-deadline-$1-dkms_"*.deb; do dpkg-deb -R "$stub_deb" "$work/deb"; done
	stub_build=$(echo "$work"/deb/usr/src/kvm-deadline-*/"$1"/build)
	# shellcheck disable=SC2016
	printf '%s\n' '#!/bin/sh' 'exec /stub/build "$1" '"$1" >"$stub_build"
	[ -z "${2-}" ] || sed -i "s/^Version: .*/Version: $2/" "$work/deb/DEBIAN/control"
	[ -z "${3-}" ] || {
		printf '%s\n' '#!/bin/sh' "$3" >"$work/deb/DEBIAN/preinst"
		chmod 755 "$work/deb/DEBIAN/preinst"
	}
	dpkg-deb -b "$work/deb" "$root/debs/$1.deb"
}

prepare() {
	rm -rf "$work"
	mkdir -p "$work"
	"$tree/scripts/deb" "$work/repo"
	mkdir "$root"
	tar -C "$root" -xf "$BUILD/packages-root/root.tar"
	mkdir -p "$root/debs" "$root/stub"
	# The headers' own path says for which kernel.
	# shellcheck disable=SC2016
	stub "$root/stub/build" '[ ! -e /stub/broken ] || exit 1' \
		'mkdir -p "$1"; kernel=${HEADERS#/lib/modules/}; cp /stub/"${kernel%%/*}"/*.ko "$1"'
	# shellcheck disable=SC2016
	stub "$root/usr/sbin/update-initramfs" 'echo "$*" >>/stub/initramfs'
	dummy coccinelle 1
	dummy mokutil 1
	# shellcheck disable=SC2016
	stub "$root/usr/bin/mokutil" 'case $1 in' \
		'--sb-state) [ -e /stub/secure ] && echo "SecureBoot enabled" || echo "SecureBoot disabled" ;;' \
		'--test-key) [ -e /stub/enrolled ] && echo "$2 is already enrolled" || echo "$2 is not enrolled" ;;' \
		'esac'
	linux_source 6.1.90-1
	for abi in $NOW $NEXT $BARE $ALIEN; do kernel $abi; done
	headers $NOW 6.1.90-1
	headers $NEXT 6.1.91-1
	headers $ALIEN 5.10.9-1
	headers 6.1.0-93-amd64 6.1.90-1
	repack host
	repack guest
}

saying() { "$@" >"$work/said" 2>&1 || { cat "$work/said"; fail "failed: $*"; }; }
install() { saying in_root dpkg -i "/debs/$1.deb"; }
apt_installs() { saying in_root apt-get -q -y install "/debs/$1.deb"; }
said() { grep -F -e "$1" "$work/said" || { cat "$work/said"; fail "not said: $1"; }; }
modules() { saying in_root "/usr/lib/kvm-deadline/$1-modules"; }

# ours|stock ABI MODULE...: which would be loaded?  The kernel's own stay in any case.
are() {
	kind=$1 abi=$2
	shift 2
	for name; do
		file=$(modinfo -b "$root" -k "$abi" -n "$name" 2>/dev/null || echo none)
		case $kind,$file in
		ours,*/updates/dkms/*)	[ -s "$file" ] || fail "$file is empty" ;;
		stock,*/kernel/*|stock,none) ;;
		*)	fail "$name of $abi is $file, not $kind" ;;
		esac
		[ "$name" = "$GUEST" ] || [ -s "$root/lib/modules/$abi/kernel/kvm/$name.ko" ] ||
			fail "$abi has lost its own $name"
	done
}

well() { in_root dpkg -C >"$work/audit"; [ ! -s "$work/audit" ] || { cat "$work/audit"; fail "dpkg -C"; }; }

# A function that came later has to say in which version.
symbols() {
	sed 's/^global:/global:\n\tkvmdl_new;/' "$tree/vmm/libkvmdeadline.map" >"$work/map"
	for wanted in 0 1; do
		sed -n 's/^\t\(kvmdl_[a-z_]*\);/void \1(void) {}/p' "$work/map" | tail -n +$((2 - wanted)) |
			gcc -x c -shared -Wl,-soname,libkvmdeadline.so.1 -Wl,--version-script,"$work/map" \
				-o "$work/libkvmdeadline.so.1" -
		code=0
		(cd "$tree" && dpkg-gensymbols -c4 -plibkvmdeadline1 -v9 -P"$work" -O/dev/null \
			-e"$work/libkvmdeadline.so.1" -Idebian/libkvmdeadline1.symbols) || code=1
		equal $code $wanted
	done
}
