# SPDX-License-Identifier: GPL-2.0-only
# As people run it: indirect calls are retpolines, those of ftrace too.
# shellcheck shell=sh

check mitigated_by_retpolines grep Retpolines /sys/devices/system/cpu/vulnerabilities/spectre_v2
. ./driver.sh
