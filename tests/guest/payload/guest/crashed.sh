# SPDX-License-Identifier: GPL-2.0-only
# The crash kernel: what was armed is gone, its own timers work, then the driver's.
# shellcheck shell=sh disable=SC2154

cpus=0
insmod msr.ko
check R08_no_deadline_after_a_crash equal D "$(deadline_of 0)" 0
check guest_timers_work_after_a_crash sleeps 20
load
check guest_driver_serves_after_a_crash backend_arms
