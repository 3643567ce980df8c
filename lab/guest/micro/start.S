/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From QEMU's PVH entry (32 bit, no paging, EBX = start info) to micro_main().
 */
#define X86_CR0_PG	0x80000000
#define X86_CR4_PAE	0x20
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define PTE_TABLE	0x3		/* present, writable */
#define PTE_2M		0x83		/* present, writable, large */
#define STACK_BYTES	16384

	/* This note makes QEMU's -kernel take the ELF file as it is. */
	.section .note.pvh, "a", @note
	.long 4, 8, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad start32

	.section .text.start, "ax"
	.code32
	.globl	start32
start32:
	cld
	movl	%ebx, %edi		/* first argument, kept until the call */
	movl	$pml4, %eax
	movl	%eax, %cr3
	movl	$X86_CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$X86_CR0_PG, %eax
	movl	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$8, $start64

	.code64
start64:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	leaq	stack_top(%rip), %rsp
	call	micro_main

	/* The first GiB, mapped one to one: far more than the guest has. */
	.section .data
	.balign 4096
pml4:	.quad pdpt + PTE_TABLE
	.fill 511, 8, 0
pdpt:	.quad pd + PTE_TABLE
	.fill 511, 8, 0
pd:
	.set	frame, 0
	.rept 512
	.quad (frame << 21) | PTE_2M
	.set	frame, frame + 1
	.endr

gdt:	.quad 0
	.quad 0x00209a0000000000	/* 64-bit code */
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt

	.section .bss
	.balign 16
	.skip STACK_BYTES
stack_top:

	.section .note.GNU-stack, "", @progbits
