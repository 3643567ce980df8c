# SPDX-License-Identifier: GPL-2.0-only
# Into the crash kernel, with the timer armed on both CPUs.
# shellcheck shell=sh disable=SC2154

load
load_start
check guest_crash_kernel_is_loaded kexec -s -p vmlinuz --initrd=initrd \
	--command-line="$(sed 's/part=crash/part=crashed/; s/crashkernel=[^ ]*/nr_cpus=1/' /proc/cmdline)"
backend_arms
echo 1 >/proc/sys/kernel/sysrq
taskset -c 1 sh -c 'echo c >/proc/sysrq-trigger'
say "# a crash does not work here"
