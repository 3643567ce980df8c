/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A multiboot kernel that holds the lab's uncompressed vmlinux and enters it by
 * its PVH entry: see Xen's "x86/HVM direct boot ABI".  An emulator that
 * interprets every instruction takes a minute to decompress a kernel.
 */
#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_FLAGS	0x3		/* aligned modules, memory map */

	.section .multiboot, "a"
	.align 4
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.code32
	.global _start
_start:
	mov	$stack_end, %esp
	mov	%ebx, %eax		/* -mregparm: first argument */
	call	pvh_start_info
	/* PVH wants the start info in ebx; the flat segments are multiboot's. */
	mov	%eax, %ebx
	mov	$pvh_entry, %eax
	jmp	*%eax

	.bss
	.align	16
	.skip	4096
stack_end:

	.section .vmlinux, "aw"
	.incbin	"vmlinux.bin"

	.section .note.GNU-stack, "", @progbits
