# SPDX-License-Identifier: GPL-2.0-only
# Sourced by payloads of lab/boot-amd -g: a Linux guest in QEMU/KVM inside the host.
# shellcheck shell=sh

# As for the host, see lab/boot-amd.
FAST_BOOT='mitigations=off cryptomgr.notests pci=noearly no_timer_check'

# guest_start TIMER PROGRAM [QEMU OPTION...]
#
# TIMER is what the guest takes its clock events from:
#	native		the TSC deadline
#	oneshot		the local APIC's counter, as where there is no TSC deadline
#	kvmclock	the TSC deadline, computed from kvmclock by kvm_deadline.ko
#	msr		MSR_KVM_DEADLINE
#	msr-user	the same, served by libkvmdeadline
#	msr-oneshot	MSR_KVM_DEADLINE where there is no TSC deadline
# PROGRAM is a command in the guest.  Its output can be read from /tmp/serial.out,
# QEMU's process is $guest.
guest_start() {
	case $1 in
	native)	 cpu=qemu64,+tsc-deadline backend= ;;
	oneshot) cpu=qemu64,-tsc-deadline backend= ;;
	kvmclock) cpu=qemu64,+tsc-deadline backend=kvmclock ;;
	msr)	 cpu=qemu64,+tsc-deadline,kvm-deadline=on backend=msr ;;
	msr-user) cpu=qemu64,+tsc-deadline,kvm-deadline=user backend=msr ;;
	msr-oneshot) cpu=qemu64,-tsc-deadline,kvm-deadline=on backend=msr ;;
	*)	 echo "no such timer: $1" >&2; return 1 ;;
	esac
	program=$2
	shift 2
	mkfifo /tmp/serial.in /tmp/serial.out /tmp/monitor.in /tmp/monitor.out
	cat /tmp/monitor.out >/tmp/monitor.log &
	# Without the sender's run state an incoming guest starts by itself, though
	# guest_save had stopped it.
	/qemu/qemu-system-x86_64 -L /qemu/firmware \
		-M pc-i440fx-7.2 -accel kvm -cpu "$cpu" -m 128 \
		-nodefaults -display none -no-reboot \
		-global migration.store-global-state=off \
		-kernel /guest/vmlinux -initrd /guest/initrd \
		-append "console=ttyS0 loglevel=5 panic=-1 panic_on_warn=1 $FAST_BOOT backend=$backend \"program=$program\"" \
		-chardev pipe,id=serial,path=/tmp/serial -serial chardev:serial \
		-chardev pipe,id=monitor,path=/tmp/monitor -mon chardev=monitor \
		"$@" &
	# shellcheck disable=SC2034 # the payload waits for it
	guest=$!
}

# guest_save: stop the guest, write it to /dev/vda, end QEMU.
guest_save() {
	cat >/tmp/monitor.in <<-EOT
		stop
		migrate_set_parameter max-bandwidth 10G
		migrate "exec:cat > /dev/vda"
		info migrate
		quit
	EOT
}

# What the monitor answered; its echo of the commands is full of escape codes.
guest_monitor_log() { grep -v '^(qemu)' /tmp/monitor.log; }

# guest_migrate ADDRESS: move the running guest to a QEMU that waits there.
guest_migrate() {
	cat >/tmp/monitor.in <<-EOT
		migrate_set_parameter max-bandwidth 10G
		migrate $1
		info migrate
		quit
	EOT
}
