# SPDX-License-Identifier: GPL-2.0-only
# Read after the makefile of Linux's KVM selftests: what are its tests?
list-tests:
	@printf '%s\n' $(TEST_GEN_PROGS)
