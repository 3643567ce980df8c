# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/packages/drive, which has $out, $root, $here, $source: a Debian that is a
# folder, and the kernels that apt offers it.
# shellcheck shell=sh disable=SC2154

# Every mount is in a namespace of its own, so that none can be left behind.
in_root() {
	status=0
	unshare --mount --pid --fork --kill-child \
		"$here/enter" "$root" "$@" </dev/null >"$out/said" 2>&1 || status=$?
	cat "$out/said" >>"$out/log"
	return $status
}

told() { in_root "$@" || { cat "$out/said"; return 1; }; }

# apt is content, and dpkg finds nothing that is half done.
install() {
	told apt-get -q -y install --no-install-recommends "$@" || return
	cp "$out/said" "$out/installed"
	in_root dpkg -C
	[ ! -s "$out/said" ] || { cat "$out/said"; return 1; }
	mv "$out/installed" "$out/said"
}

# Complains unless all of them are where "updates" or "kernel" says.
modules_are() {	# updates|kernel ABI MODULE...
	place=/lib/modules/$2/$1 abi=$2
	shift 2
	for module; do
		file=$(modinfo -b "$root" -k "$abi" -n "$module") || return
		case $file in
		*"$place"/*) ;;
		*)	echo "$module of $abi is $file, not in $place"
			return 1 ;;
		esac
	done
}

said() { grep -F "$1" "$out/said" || { echo "not said: $1"; false; }; }

abi_of_version() {
	# shellcheck disable=SC2046 # words
	apt-cache show $(apt-cache search --names-only "^linux-headers-$KERNEL\..*[0-9]-amd64\$" |
		cut -d ' ' -f 1) | awk '/^Package:/ { name = $2 } /^Version:/ { print $2, name }' |
		abi_of "$1"
}

# Sets new, new_abi, old and old_abi.
find_kernels() {
	new= old=
	for version in $(apt-cache madison $source | cut -d '|' -f 2 | sort -rVu); do
		abi=$(abi_of_version "$version")
		[ -n "$abi" ] || continue
		[ -z "$new" ] || { old=$version old_abi=$abi; return; }
		new=$version new_abi=$abi
	done
	die "apt knows no two versions of $source with their kernels"
}

# offered PREFIX: what apt has beside these two
offered() {
	apt-cache pkgnames "linux-headers-$1" | sort -V |
		sed -n 's/^linux-headers-\(.*[0-9]-amd64\)$/\1/p' | grep -vxF -e "$old_abi" -e "$new_abi" || :
}
