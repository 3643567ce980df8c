# SPDX-License-Identifier: GPL-2.0-only
# The kernel after kexec: its own timers first, then the driver's, then a reboot
# with the timer armed.
# shellcheck shell=sh disable=SC2154

check guest_timers_work_after_kexec sleeps 20
check guest_driver_loads_after_kexec load
load_start
say "# the end"
reboot -f
