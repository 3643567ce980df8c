# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/scripts/drive, which has $tree and $work: copies of the tree, stubs in
# them, and what must be left alone.
# shellcheck shell=sh disable=SC2154

fail() { echo "$*"; exit 1; }

# A copy of the tree at DIR, with something of somebody else's beside each word of it.
copy() {	# DIR
	mkdir -p "$1"
	(cd "$tree" && git ls-files -z | xargs -0 cp --parents -t "$1")
	git -C "$1" init -q && git -C "$1" add -A
	stub "$1/scripts/deps"
}

stub() {	# FILE [LINE...]
	file=$1
	shift
	rm -f "$file"
	printf '%s\n' '#!/bin/sh' "$@" >"$file"
	chmod +x "$file"
}

sentinel() { for dir; do mkdir -p "$dir" && echo precious >"$dir/file"; done; }
untouched() { for dir; do [ -s "$dir/file" ] || fail "$dir/file is gone"; done; }

# A refusal is one sentence, and the end of it.
refused() {	# COMMAND...
	! timeout 20 "$@" >"$work/refusal" 2>&1 || fail "taken: $*"
	[ "$(grep -vc '^make' "$work/refusal")" = 1 ] && grep -q '^kvm-deadline: ' "$work/refusal" ||
		{ cat "$work/refusal"; fail "that is not one sentence"; }
}

# dpkg-buildpackage leaves what it makes beside the source.
with_deb_stubs() {
	mkdir -p "$work/bin"
	stub "$work/bin/dpkg-buildpackage" '[ -f debian/control ] && touch ../x_1_all.deb ../x.changes'
	stub "$work/bin/lintian"
	stub "$work/bin/dpkg-scanpackages" 'echo Package: x'
	PATH="$work/bin:$PATH" "$@"
}

build_five() {	# TREE
	for version in 1 2 3 4 5; do
		timeout 20 "$1/scripts/cache" stub 1 "$work/builder" "=$version" || return
		touch -d "2020-01-0$version" "$1/build/stub/"
	done
}

deb_of_another_owner() {
	copy "$work/theirs"
	chmod 755 "$work"
	chown -R nobody "$work/theirs"
	with_deb_stubs "$work/theirs/scripts/deb"
}

# A release that the apt of $work/world knows, with no more than QEMU's version.
release() {	# CODENAME VERSION [FIELD]
	dir=$work/world/$1
	mkdir -p "$dir"
	printf '%s\n' 'Package: qemu-system-data' 'Architecture: all' "Version: $2" \
		'Filename: none' 'Size: 0' "SHA256: $(sha256sum </dev/null | cut -d ' ' -f 1)" >"$dir/Packages"
	printf '%s\n' 'Origin: Debian' "Codename: $1" ${3+"$3"} 'SHA256:' \
		" $(sha256sum <"$dir/Packages" | cut -d ' ' -f 1) $(wc -c <"$dir/Packages") Packages" >"$dir/Release"
	echo "deb [trusted=yes] file:$dir ./" >>"$work/world/list"
}

# Security updates are this Debian's own, what somebody prefers or has installed is not.
qemu_is_this_debians() {
	own=$(. /etc/os-release && echo "$VERSION_CODENAME")
	release "$own" 1:7.2-1
	release "$own-security" 1:7.2-2
	release "$own-backports" 1:10.0-1 'NotAutomatic: yes'
	release next 1:11.0-1
	printf '%s\n' 'Package: qemu-*' "Pin: release n=$own-backports" 'Pin-Priority: 1001' >"$work/world/pins"
	printf '%s\n' 'Package: qemu-system-data' 'Status: install ok installed' \
		'Architecture: all' 'Version: 1:10.0-1' >"$work/world/status"
	printf '%s;\n' "Dir::Etc::sourcelist \"$work/world/list\"" 'Dir::Etc::sourceparts "/dev/null"' \
		"Dir::Etc::preferences \"$work/world/pins\"" "Dir::State \"$work/world\"" \
		"Dir::State::status \"$work/world/status\"" "Dir::Cache \"$work/world\"" \
		'APT::Sandbox::User "root"' >"$work/world/conf"
	mkdir -p "$work/world/lists/partial" "$work/world/archives/partial"
	export APT_CONFIG="$work/world/conf"
	apt-get -q update
	apt-cache policy qemu-system-data | grep 'Candidate: 1:10.0-1'
	equal "$("$work/plain/qemu/version")" 1:7.2-2
}

# A kernel that Debian has built anew within a version has a point in its name.
kernel_names() {
	for wanted in 6.1.0-57 6.12.118+deb13 6.12.115+deb13.1; do
		said=$(for flavour in amd64 cloud-amd64 rt-amd64; do
			echo "1 linux-headers-$wanted-$flavour"
			echo "1.0 linux-headers-9$wanted-$flavour"
		done | sh -c '. "$1/scripts/common.sh"; abi_of 1' "$work/plain/scripts/deps" "$work/plain")
		[ "$said" = "$wanted-amd64" ] || fail "the kernel is '$said', not $wanted-amd64"
	done
}

another_debian_is_up_to_date() {
	mkdir -p "$work/security/out"
	# shellcheck disable=SC2016
	stub "$work/security/apt-get" 'case $* in' '*" Label: Debian") echo file:/debian ;;' \
		'*" Label: Debian-Security") echo file:/security ;;' '*indextargets*|*update*) exit 1 ;;' 'esac'
	KERNEL=7.3 PATH="$work/security:$PATH" "$work/plain/scripts/debian-root" "$work/security/out" || :
	cat "$work/security/out/apt/debian.sources"
	grep -A1 '^URIs: file:/debian$' "$work/security/out/apt/debian.sources" |
		grep -x 'Suites: trixie trixie-backports'
	grep -A1 '^URIs: file:/security$' "$work/security/out/apt/debian.sources" |
		grep -x 'Suites: trixie-security'
}
