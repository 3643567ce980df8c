# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests/qemu-options/drive, which has run(), $ours, $tsc and $dir.
# shellcheck shell=sh disable=SC2154

# What docs/fleet.rst has libvirt do: its emulator on a host with stock KVM, its arguments.
libvirts_form_works() {
	fleet=$TOP/docs/fleet.rst
	sed -n '/^   #!\/bin\/sh/,/^   exec /s/^   //p' "$fleet" |
		sed "s,/usr/bin/qemu-system-x86_64-kvm-deadline,$(realpath "$ours")," >"$dir/emulator"
	chmod +x "$dir/emulator"
	# shellcheck disable=SC2046 # words
	printf 'qom-get /machine/unattached/device[0] kvm-deadline\nquit\n' | run "$dir/emulator" \
		-accel kvm -cpu $tsc $(sed -n "s/.*<qemu:arg value='\(.*\)'.*/\1/p" "$fleet") \
		>"$dir/out" 2>&1 || :
	cat "$dir/out"
	grep -q '^true' "$dir/out"
}
