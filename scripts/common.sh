# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every script: where things are, and how to talk to the person.
# shellcheck shell=sh

TOP=${TOP:-$(cd "$(dirname "$0")" &&
	until [ -f scripts/common.sh ]; do cd ..; done && pwd)}
BUILD=$TOP/build
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kvm-deadline
KERNEL=${KERNEL:-6.1}	# the Linux series of host and guest

say() { printf '==> %s\n' "$*" >&2; }

die() { printf 'kvm-deadline: %s\n' "$*" >&2; exit 1; }

# The Debian kernel that all is built for, as in 6.1.0-NN-amd64: the installed
# headers that fit the installed linux-source, else the newest that apt knows.
kernel_abi() {
	source=$(pkg_version "linux-source-$KERNEL") || source=none
	abi=$(dpkg-query -W -f '${Version} ${Package}\n' 'linux-headers-*-amd64' 2>/dev/null |
		sed -n "s/^$source linux-headers-\([0-9.]*-[0-9]*-amd64\)\$/\1/p" | tail -n 1)
	[ -n "$abi" ] || abi=$(apt-cache depends linux-headers-amd64 2>/dev/null |
		sed -n 's/.*Depends: linux-headers-\([0-9].*-amd64\)$/\1/p' | tail -n 1)
	printf '%s\n' "$abi"
}

pkg_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null; }

case $KERNEL in
6.1)	;;
*)	die "this release is for Linux 6.1, not $KERNEL; its hooks are unknown there" ;;
esac
