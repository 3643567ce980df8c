# SPDX-License-Identifier: GPL-2.0-only
# Into the next kernel with the timer armed.
# shellcheck shell=sh disable=SC2154

load
load_start
check guest_kexec_loads_a_kernel kexec -s -l vmlinuz --initrd=initrd \
	--command-line="$(sed 's/part=kexec/part=second/' /proc/cmdline)"
kexec -e
say "# kexec does not work here"
