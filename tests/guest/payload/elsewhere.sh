# SPDX-License-Identifier: GPL-2.0-only
# Sourced by run: guests that sleep on a disk, and guests whose VM is stopped.
# shellcheck shell=sh disable=SC2154

disk='-drive file=/tmp/disk,format=raw,if=virtio'
with_disk() {
	truncate -s 512M /tmp/disk
	options=$disk
	"$@"
	options=''
	rm /tmp/disk
}

kvm() {	# stock|ours [OPTION OF KVM]
	rmmod kvm_amd kvm && insmod "/kvm/$1/kvm.ko" ${2:+"$2"} && insmod "/kvm/$1/kvm-amd.ko"
}

# A guest that is served goes to sleep for good, and wakes in another VM.  Not within
# one boot: Linux 6.1 cannot (test_resume finds its own swap busy).
hibernate() {	# PART EXPECT
	boot sleep_to_disk "$2" >/tmp/out
	guest "$1" wake -
}

# Here that one's KVM has no MSR.
wake_elsewhere() {
	boot sleep_to_disk "$2" >/tmp/out
	kvm stock
	guest "$1" wake - +tsc-deadline
	kvm ours
}

# And here it ignores what is written to it.
wake_swallowed() {
	boot sleep_to_disk "$2" >/tmp/out
	kvm stock ignore_msrs=1
	offered msr guest "$1" wake - +tsc-deadline
	kvm ours
}

# Nothing else may wake it.
alone() {
	[ -p /tmp/monitor.in ] || mkfifo /tmp/monitor.in /tmp/monitor.out
	cat /tmp/monitor.out >/dev/null &
	keys=none
	options='-smp 1 -chardev pipe,id=monitor,path=/tmp/monitor -mon chardev=monitor'
	options="$options -serial file:/tmp/bell"
	"$@"
	keys='' options=''
}

# A second after each of the guest's rings the VM stands still for six.
stop_when_rung() {
	rings=0
	: >/tmp/bell
	while [ ! -e /tmp/code ]; do
		sleep 0.1
		[ "$(wc -l </tmp/bell)" -gt $rings ] || continue
		rings=$((rings + 1))
		sleep 1
		echo stop
		sleep 6
		echo cont
	done >/tmp/monitor.in
}

stopped() {
	rm -f /tmp/code
	stop_when_rung &
	offered invtsc guest stopped stopped msr '' tsc=reliable
}
