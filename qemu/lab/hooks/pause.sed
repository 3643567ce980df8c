# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/tcg/misc_helper.c
# PAUSE used to leave TCG's loop for the main loop's, which with icount costs 10 us
# of wall time for 1 ns of virtual time: a vCPU that spins for another one on the
# same host CPU then takes a minute for each time slice.
/cs->exception_index = EXCP_INTERRUPT;/ {
	N
	/cpu_loop_exit(cs);$/s/EXCP_INTERRUPT/-1/
}
