// SPDX-License-Identifier: GPL-2.0-only
/*
 * CMPXCHG16B and CMPXCHG8B change ZF and no other flag.  An emulator that computes
 * flags when they are asked for may take the bits of an operand for them: here those of
 * the sum before, while the last flags that were computed are those of POPF.
 */
#include <stdint.h>
#include <stdio.h>

#define FLAGS_BEFORE	0x202ul			/* IF, and bit 1 is always set */
#define FLAGS_SUM	0x84ul			/* SF and PF of the sum below */
#define ZF		0x40ul
#define OPERAND		0xffff888003cb3300ul	/* has TF's bit */

static uint64_t memory[2] __attribute__((aligned(16)));

/* The stack below is the compiler's (red zone). */
#define FLAGS_AFTER(instruction) ({						\
	uint64_t flags = FLAGS_BEFORE, sum = 0, rax = OPERAND, rdx = 0;		\
										\
	memory[0] = 1;		/* not what is compared with */			\
	asm volatile("lea -128(%%rsp), %%rsp; push %[flags]; popf;"		\
		     "add %%rax, %[sum];" instruction " %[memory];"		\
		     "pushf; pop %[flags]; lea 128(%%rsp), %%rsp"		\
		     : [flags] "+r" (flags), [sum] "+r" (sum),			\
		       [memory] "+m" (memory), "+a" (rax), "+d" (rdx)		\
		     : "b" (0ul), "c" (0ul) : "cc");				\
	flags;									\
})

static int kept(const char *name, uint64_t flags)
{
	printf("%s: %#lx\n", name, flags);
	return (flags & ~ZF) == (FLAGS_BEFORE | FLAGS_SUM);
}

int main(void)
{
	int ok = kept("cmpxchg16b", FLAGS_AFTER("cmpxchg16b"));

	return !(ok & kept("cmpxchg8b", FLAGS_AFTER("cmpxchg8b")));
}
