# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every script: where things are, and how to talk to the person.
# shellcheck shell=sh

TOP=${TOP:-$(git -C "$(dirname "$0")" rev-parse --show-toplevel 2>/dev/null ||
	(cd "$(dirname "$0")/.." && pwd))}
BUILD=$TOP/build
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kvm-deadline
KERNEL=${KERNEL:-6.1}	# the Linux series of host and guest

say() { printf '==> %s\n' "$*" >&2; }

die() { printf 'kvm-deadline: %s\n' "$*" >&2; exit 1; }

# The Debian package versions that everything here is built from.
kernel_abi() {
	apt-cache depends "linux-headers-amd64" 2>/dev/null |
		sed -n 's/.*Depends: linux-headers-\([0-9].*-amd64\)$/\1/p' | tail -n 1
}

pkg_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null; }
