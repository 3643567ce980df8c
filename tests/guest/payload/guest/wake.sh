# SPDX-License-Identifier: GPL-2.0-only
# Makes place for the guest on the disk.
# shellcheck shell=sh

. ./disk.sh
insmod_disk
cat /sys/class/block/vda/dev >/sys/power/resume
say "# nobody sleeps on the disk"
