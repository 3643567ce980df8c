# SPDX-License-Identifier: GPL-2.0-only
# Into the next kernel with the timer armed.
# shellcheck shell=sh disable=SC2154

load
load_start
check guest_kexec_loads_a_kernel kexec -l /test/vmlinux --initrd=/test/initrd \
	--command-line="$(sed 's/part=kexec/part=second/' /proc/cmdline)"
say "# off to the second kernel"
kexec -e
