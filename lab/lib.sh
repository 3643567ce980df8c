# SPDX-License-Identifier: GPL-2.0-only
# Sourced by lab/boot-amd and lab/boot-intel, which set $out, $payload, $kvm, $total and
# $silence: what is done to a host from outside, whatever emulates it.
# shellcheck shell=sh disable=SC2154

. "$TOP/lab/image/kernel.sh"

QEMU=${QEMU:-$BUILD/qemu}

GUEST=${GUEST:-$KERNEL}
kernel=$BUILD/kernel-$KERNEL
ours=$BUILD/host-$KERNEL

# need EMULATOR MODULE: what a host is made of
need() {
	[ -x "$payload/run" ] || die "$payload holds no executable 'run'"
	case $kvm in
	stock)	set -- "$1" ;;
	ours)	set -- "$1" "$ours/$2" ;;
	*)	usage ;;
	esac
	for file in "$kernel/vmlinux" "$@"; do
		[ -f "$file" ] || die "$file is missing; run: make build"
	done
}

# images FILE...: below build/lab
images() {
	for file; do set -- "$@" "$BUILD/lab/$file"; shift; done
	flock "$BUILD/lab/.lock" make -s -L -f "$TOP/lab/image/Makefile" BUILD="$BUILD" \
		QEMU="$QEMU" KERNEL="$KERNEL" GUEST="$GUEST" "$@" >&2
}

# Sets $log; nothing of an earlier run may be taken for this one's.
prepare_out() {
	mkdir -p "$out" "$BUILD/lab"
	out=$(cd "$out" && pwd)
	log=$out/console.log
	rm -f "$out/exit" "$out/timeout"
	: >"$log"
	: >"$out/result"
}

# overlay CONFIG ARG...: what differs from run to run, which is the payload, its
# arguments, our modules.
overlay() {
	root=$out/overlay
	rm -rf "$root" && mkdir -p "$root/lab" "$root/kvm/ours"
	cp -rL "$payload" "$root/payload"
	[ "$kvm" = stock ] || cp "$ours/"*.ko "$root/kvm/ours/"
	{
		printf '%s\n' "$1"
		shift
		printf 'set --'
		for arg in "$@"; do printf ' %s' "$(quote "$arg")"; done
	} >"$root/lab/config"
	"$TOP/lab/image/pack" "$root"
	rm -rf "$root"
}

# Sizes of all channels: they change as long as anything is said.
said() { wc -c "$log" "$out/result" 2>/dev/null; }

watchdog() {
	seconds=0 silent=0 last=''
	while sleep 1 && kill -0 "$1" 2>/dev/null; do
		seconds=$((seconds + 1)) silent=$((silent + 1))
		now=$(said)
		[ "$now" = "$last" ] || silent=0
		last=$now
		if [ $seconds -ge "$total" ] || [ $silent -ge "$silence" ]; then
			echo "${seconds} s in all, ${silent} s of silence" >"$out/timeout"
			kill -KILL "$1" 2>/dev/null || :
			exit
		fi
	done
}

host='' dog=''
# shellcheck disable=SC2317 # the trap calls it
stop() {
	for pid in $host $dog; do kill -KILL "$pid" 2>/dev/null || :; done
	rm -f "$out/initrd"
}

# emulate OPTION...: QEMU with the host's channels, in the background.  Its processors
# share one thread, as in virtual time anyway: with one each, QEMU 7.2 may keep the
# translation of a page that another processor changed at that moment, and a host that
# patches its kernel, as KVM does for the first VM, is held by its breakpoint for good.
# ioeventfd=off: that thread also writes to the channels, which the main loop would do some
# real time later.
emulate() {
	setpriv --pdeathsig KILL "$QEMU/qemu-system-x86_64" -L "$QEMU/firmware" \
		-M pc-i440fx-7.2 -accel tcg,thread=single -nodefaults -display none -no-reboot \
		-serial "file:$log" -device virtio-serial-pci,ioeventfd=off \
		-chardev "file,id=result,path=$out/result" \
		-device virtserialport,chardev=result,name=result \
		-chardev "file,id=exit,path=$out/exit" \
		-device virtserialport,chardev=exit,name=exit \
		"$@" </dev/null 2>"$out/qemu.log" &
}

# Exit as lab/boot-amd says; $1 is what the emulator said.
verdict() {
	if [ -f "$out/timeout" ]; then
		say "the host hung ($(cat "$out/timeout")): $log"
		exit 103
	fi
	if grep -nE "$COMPLAINT" "$log" >&2; then
		say "the host's kernel complains, see the lines above: $log"
		exit 102
	fi
	code=$(cat "$out/exit" 2>/dev/null || :)
	if [ -z "$code" ]; then
		tail -n 3 "$log" "$1" >&2
		say "the host ended without an exit code: $log"
		exit 101
	fi
	[ "$code" = 0 ] || say "the payload ended with exit code $code: $out"
	exit "$code"
}

# run_host START LOG: START starts the emulator in the background.
run_host() {
	trap stop EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	"$1"
	host=$!
	watchdog "$host" </dev/null >/dev/null 2>&1 &
	dog=$!
	wait "$host" 2>/dev/null || :
	host=''
	verdict "$2"
}
