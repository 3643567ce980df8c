# SPDX-License-Identifier: GPL-2.0-only
# Sourced by payloads of lab/boot-amd -g: a Linux guest in QEMU/KVM inside the host.
# shellcheck shell=sh

. /lab/kernel.sh

# What a Linux wants of Hyper-V to take its timer.
hyperv=hv-relaxed,hv-time,hv-vpindex,hv-synic,hv-stimer,hv-stimer-direct

# guest_start TIMER PROGRAM [QEMU OPTION...]
#
# TIMER is what the guest takes its clock events from:
#	native		the TSC deadline
#	oneshot		the local APIC's counter, as where there is no TSC deadline
#	kvmclock	the TSC deadline, computed from kvmclock by kvm_deadline.ko
#	msr		MSR_KVM_DEADLINE
#	msr-user	the same, served by libkvmdeadline
#	msr-oneshot	MSR_KVM_DEADLINE where there is no TSC deadline
#	stimer		Hyper-V's synthetic timer, as the guest finds no KVM
#	stimer-kvm	the same beside KVM, whose clock Linux would take
# PROGRAM is a command in the guest.  guest_listen has to follow.
guest_start() {
	served_by=kernel
	case $1 in
	native)	 cpu=+tsc-deadline backend= ;;
	oneshot) cpu=-tsc-deadline backend= ;;
	kvmclock) cpu=+tsc-deadline backend=kvmclock ;;
	msr)	 cpu=+tsc-deadline,+kvm-deadline backend=msr ;;
	msr-user) cpu=+tsc-deadline,+kvm-deadline backend=msr served_by=user ;;
	msr-oneshot) cpu=-tsc-deadline,+kvm-deadline backend=msr ;;
	stimer)	 cpu=+tsc-deadline,kvm=off,$hyperv backend= ;;
	stimer-kvm) cpu=+tsc-deadline,$hyperv backend= ;;
	*)	 echo "no such timer: $1" >&2; return 1 ;;
	esac
	program=$2
	shift 2
	rm -f /tmp/serial.* /tmp/monitor.*
	mkfifo /tmp/serial.in /tmp/serial.out /tmp/monitor.in /tmp/monitor.out
	cat /tmp/monitor.out >/tmp/monitor.log &
	# Without the sender's run state an incoming guest starts by itself, though
	# guest_save had stopped it.
	/qemu/qemu-system-x86_64 -L /qemu/firmware \
		-M pc-i440fx-7.2 -accel "kvm,deadline=$served_by" -cpu "qemu64,$cpu" -m 128 \
		-nodefaults -display none -no-reboot \
		-global migration.store-global-state=off \
		-kernel /guest/vmlinux -initrd /guest/initrd \
		-append "$CMDLINE backend=$backend \"program=$program\"" \
		-chardev pipe,id=serial,path=/tmp/serial -serial chardev:serial \
		-chardev pipe,id=monitor,path=/tmp/monitor -mon chardev=monitor \
		"$@" &
	guest=$!
}

# guest_listen WORD [COMMAND...]: pass on what the guest says, until its QEMU ends; at
# the line WORD, run COMMAND.  Fails if there was none, unless WORD is '', if the guest
# or its kernel complained, or if QEMU ended with an error.
guest_listen() {
	word=$1 seen='' carriage_return=$(printf '\r')
	[ "$word" ] || seen=1
	shift
	# Serial lines end in CR LF.  And no process for a line: the guest would feel it.
	while IFS=$carriage_return read -r line; do
		echo "$line"
		echo "$line" >&3
		[ "$line" != "$word" ] || { seen=1; "$@"; }
	done </tmp/serial.out 3>/tmp/said
	wait "$guest" || guest_lost "QEMU ended with an error" || return
	! grep -E "$COMPLAINT|^(REFUSED|FAIL)" /tmp/said >&2 || guest_lost "the guest complains" ||
		return
	[ "$seen" ] || guest_lost "the guest ended without $word"
}

guest_lost() {
	echo "$1" >&2
	guest_monitor_log >&2
	return 1
}

# What the monitor answered; its echo of the commands is full of escape codes.
guest_monitor_log() { grep -v '^(qemu)' /tmp/monitor.log; }

# One that comes in has come, and runs.
guest_wait_running() {
	until grep -q 'VM status: running' /tmp/monitor.log; do
		echo info status >/tmp/monitor.in
		sleep 0.1
	done
}

# guest_migrate ADDRESS: leave for a QEMU that waits there, and end this one.
guest_migrate() {
	cat >/tmp/monitor.in <<-EOT
		migrate_set_parameter max-bandwidth 10G
		migrate $1
		info migrate
	EOT
	guest_quit_when_gone &
}

# QEMU 10's monitor is back while the state of the devices is still on its way.
guest_quit_when_gone() {
	until grep -q 'Migration status: [cf]' /tmp/monitor.log; do	# completed, failed, cancelled
		sleep 1
		! grep -q 'Migration status: device' /tmp/monitor.log || echo info migrate >/tmp/monitor.in
	done
	echo quit >/tmp/monitor.in
}

# guest_save ADDRESS: the same of a guest that stands still.
guest_save() {
	echo stop >/tmp/monitor.in
	guest_migrate "$1"
}

guest_has_left() { grep -q 'status: completed' /tmp/monitor.log || guest_lost 'it did not leave'; }
