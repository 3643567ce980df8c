# SPDX-License-Identifier: GPL-2.0-only
# Included by whatever is made of this folder's library.

# Half of the program is guest code: no SSE, no red zone under an interrupt, no
# calls into libc that the compiler thought of itself, addresses below 1 GiB.
CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -MMD -fno-pie \
	-mgeneral-regs-only -mno-red-zone -fno-stack-protector \
	-fcf-protection=none -fno-tree-loop-distribute-patterns \
	-ffile-prefix-map=$(TOP)/=
