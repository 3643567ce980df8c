# SPDX-License-Identifier: GPL-2.0-only
# Sourced here and in the lab's hosts: what each kernel of the lab is started with,
# and how one says that it is unwell.
# shellcheck shell=sh disable=SC2034

# The second half saves half of the boot: mitigations=off (retpolines),
# cryptomgr.notests, pci=noearly (a search for AGP bridges), no_timer_check.  No timer
# depends on them.  loglevel=5 shows warnings.
CMDLINE='console=ttyS0,115200 loglevel=5 panic=-1 panic_on_warn=1'
CMDLINE="$CMDLINE mitigations=off cryptomgr.notests pci=noearly no_timer_check"

# Words of the kernel's; "install" is one of other programs.
COMPLAINT='WARNING|BUG:|Oops|Call Trace|(^|[^n])stall|lockdep|lockup|Kernel panic|unreferenced object'
