# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/packages-quick/drive: cases in which something breaks on the way.
# shellcheck shell=sh disable=SC2154

# A disk that was full, a hand that deleted, a stock module beside ours.
damaged() {
	for damage in ': >' 'rm'; do
		for name in $HOST; do
			file=$(modinfo -b "$root" -k $NOW -n "$name")
			eval "$damage \"\$file\""
			in_root depmod $NOW
			modules host
			are ours $NOW $HOST
		done
	done
}

# dkms alone while it signs, and all that dpkg had started while it builds: all but the
# first process, which has to be dpkg, in a namespace.
# shellcheck disable=SC2016
killed() {
	killed_at "lib/modules/$NOW/build/scripts/sign-file" 'kill -9 $PPID'
	killed_at stub/build 'grep -qx dpkg /proc/1/comm && kill -9 -1'
}

killed_at() {	# PROGRAM BY
	in_root dpkg -r kvm-deadline-host-dkms
	cp "$root/$1" "$work/program"
	stub "$root/$1" "$2" 'sleep 1'
	! in_root dpkg -i /debs/host.deb || [ "$1" != stub/build ] || fail "not killed"
	cp "$work/program" "$root/$1"
	in_root dpkg --configure -a
	well
	modules host
	are ours $NOW $HOST
}

# As small a disk as holds one of the modules.
disk_is_full() {
	in_root dpkg -r kvm-deadline-host-dkms
	mkdir -p "$root/lib/modules/$NOW/updates"
	saying unshare --mount sh -euc 'mount -t tmpfs -o size=4k tmpfs "$1"; shift; exec "$@"' sh \
		"$root/lib/modules/$NOW/updates" "$TOP/tests/packages/enter" "$root" dpkg -i /debs/host.deb
	said "$NOW: built, but not installed"
	well
	modules host
	are ours $NOW $HOST
}

away() {
	mv "$root/lib/modules/$NOW" "$root/away"
	in_root dpkg -r kvm-deadline-host-dkms
	mv "$root/away" "$root/lib/modules/$NOW"
	rm -rf "$root/lib/modules/$NOW/updates"
	in_root depmod $NOW
	install host
	are ours $NOW $HOST
}

# shellcheck disable=SC2016
runs() {
	stub "$root/usr/bin/uname" 'case $1 in' "-r) echo $1 ;;" '-s) echo Linux ;;' '*) echo x86_64 ;;' 'esac'
}

broken_build() {
	in_root dpkg -r kvm-deadline-host-dkms
	touch "$root/stub/broken"
	install host
	well
	are stock $NOW $HOST
	said "$NOW: not built"
	runs $NOW
	! in_root /usr/lib/kvm-deadline/host-modules --boot || fail "the boot does not show it"
	rm "$root/stub/broken"
	in_root /usr/lib/kvm-deadline/host-modules --boot
	are ours $NOW $HOST
	runs $ALIEN
	in_root /usr/lib/kvm-deadline/host-modules --boot
}
