# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/tcg/translate.c
# leaves: 0 ^ *gen_helper_cmpxchg
# These helpers keep the flags but ZF, by cc_op, which used not to be up to date for
# them: the flags became some operand's bits, TF among them, and an interrupt before
# the next comparison brought them back for good.  The host's kernel then had a debug
# trap that it warns of, in a few of a thousand boots.  QEMU 10 has no such helpers.
s/^\( *\)\(gen_helper_cmpxchg\(8\|16\)b\)/\1gen_update_cc_op(s); \2/
