# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every script: where things are, and how to talk to the person.
# shellcheck shell=sh
set -eu

# What apt, dpkg and make say is read here, not only by people.
export LC_ALL=C

TOP=${TOP:-$(cd "$(dirname "$0")" &&
	until [ -f scripts/common.sh ]; do [ "$PWD" != / ] && cd .. || exit; done && pwd)} || {
	echo "kvm-deadline: $0 is in no checkout of it" >&2
	exit 1
}
BUILD=$TOP/build
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kvm-deadline

debian() { (. /etc/os-release && echo "$VERSION_CODENAME") 2>/dev/null; }

# The Linux series of host and guest: this Debian's own, if nothing is said.
[ "${KERNEL-}" ] || case $(debian) in
trixie)	KERNEL=6.12 ;;
*)	KERNEL=6.1 ;;
esac

say() { printf '==> %s\n' "$*" >&2; }

# One word of a command that is read again.
quote() { printf "'%s' " "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

die() { printf 'kvm-deadline: %s\n' "$*" >&2; exit 1; }

# make, kbuild and QEMU's configure do not take all that a path may hold; better
# refused here than split there.
check_path() {	# WHAT PATH
	case $2 in
	*[[:cntrl:][:space:]\"\'\`\\\$\&\|\;\<\>\(\)\*\?\[\]\#%:,=]*)
		die "$1 '$2' has a blank, a quote or another character in its path that make and kbuild cannot handle; use another place" ;;
	/*)	;;
	*)	die "$1 '$2' is not an absolute path" ;;
	esac
}

check_path 'this checkout' "$TOP"
check_path 'the cache' "$CACHE"
# For git this checkout may belong to somebody else than who runs this, say root.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$TOP"

# The Debian kernel that all is built for, as in 6.1.0-NN-amd64 or in
# 6.12.NN+deb13.1-amd64: its headers have the version of the installed linux-source,
# or of the newest that apt knows.
kernel_abi() {
	source=$(pkg_version "linux-source-$KERNEL") || source=none
	abi=$(dpkg-query -W -f '${Version} ${Package}\n' 'linux-headers-*-amd64' 2>/dev/null |
		abi_of "$source")
	[ -n "$abi" ] || abi=$(apt_abi)
	printf '%s\n' "$abi"
}

# Not the cloud and realtime kernels, whose names hold a word more.
abi_of() {
	sed -n "s/^$1 linux-headers-\([0-9.]*[-+][a-z0-9.]*-amd64\)\$/\1/p" | tail -n 1
}

apt_abi() {
	source=$(apt-cache policy "linux-source-$KERNEL" 2>/dev/null |
		sed -n 's/^  Candidate: //p')
	names=$(apt-cache search --names-only "^linux-headers-$KERNEL\..*[0-9]-amd64\$" 2>/dev/null |
		cut -d ' ' -f 1)
	# shellcheck disable=SC2086 # words
	apt-cache show ${names:-none} 2>/dev/null | awk '
		/^Package:/ { name = $2 }
		/^Version:/ { print $2, name }' | abi_of "$source"
}

# What a kernel is made of: one package, and since 7.0 some.
kernel_packages() {	# ABI
	apt-cache pkgnames linux- | grep -xF -e "linux-image-$1" -e "linux-binary-$1" \
		-e "linux-modules-$1" -e "linux-base-$1"
}

# Packages of any release, into a folder: what older ones have in /lib is in usr/lib.
extract() {	# FOLDER DEB...
	into=$1
	shift
	for dir in bin lib lib64 sbin; do
		mkdir -p "$into/usr/$dir"
		ln -sfn "usr/$dir" "$into/$dir"
	done
	for deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$into" -x --keep-directory-symlink --no-same-owner
	done
}

# A kernel's headers, with what they are of no use without: FOLDER/usr/src/PACKAGE builds
# modules.  In their packages paths are those of an installation.
unpack_headers() {	# FOLDER PACKAGE
	mkdir -p "$1"
	for part in "$2" $(apt-cache depends "$2" |
			sed -n 's/^  Depends: \(linux-\(headers\|kbuild\)-.*\)/\1/p'); do
		grep -qsx "$part" "$1/unpacked" && continue
		(cd "$1" && apt-get -q download "$part") ||
			die "cannot download $part; is there a network? run: apt-get update"
		dpkg-deb -x "$1/${part}_"*.deb "$1"
		rm "$1/${part}_"*.deb
		echo "$part" >>"$1/unpacked"
	done
	sed -i 's,^include /,include $(dir $(lastword $(MAKEFILE_LIST)))../../../,' \
		"$1/usr/src/$2/Makefile"
}

pkg_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null; }

# The Debian that has the Linux of $KERNEL: this machine's own, or see scripts/within.
release() {
	case $KERNEL-$(debian) in
	6.12-bookworm)	echo bookworm ;;
	6.12-*)		echo trixie ;;
	6.1-*)		echo bookworm ;;	# 6.1-debug: see lab/image/debug
	7.[23]-*)	echo trixie-backports ;;
	rust-*)		echo trixie ;;		# no Linux: see scripts/debian-root
	qemu-bookworm)	echo trixie ;;		# nor this
	qemu-*)		echo bookworm ;;
	*)	die "this release is for Linux 6.1, 6.12 and 7.3, not $KERNEL; its hooks are unknown there" ;;
	esac
}
release >/dev/null

is_native() { [ "$(release)" = "$(debian)" ]; }

# The other Debian, where that is not this machine's; what unpacks it runs here.
bring_debian() {
	is_native || (cd "$TOP" && WITHIN='' scripts/cache "debian-$KERNEL" 2 scripts/debian-root "=$KERNEL $(release)")
}

# What is made from Debian's QEMU with our changes.
cache_qemu() {	# NAME MINUTES BUILDER INPUT...
	(cd "$TOP" && version=$(${WITHIN-} qemu/version) &&
		scripts/cache "$@" qemu/source qemu/apply qemu/feature qemu/library \
			series/apply vmm/*.[ch] core include "=$version")
}

linux_source() {
	tarball=/usr/src/linux-source-$KERNEL.tar.xz
	is_native || tarball=$BUILD/debian-$KERNEL$tarball
	printf '%s\n' "$tarball"
}
