# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The guest of the examples, in real mode: x2APIC on, timer mode 10b with vector 0x41,
# kvmclock's page at 0x2000; then the deadline, 10 s after the time that the page gives.
	.pushsection .note.GNU-stack, "", @progbits
	.popsection
	.globl guest, guest_end
	.text
	.code16
	.macro msr index, low
	mov $\index, %ecx
	mov $\low, %eax
	xor %edx, %edx
	wrmsr
	.endm
guest:
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %ss
	mov $0x8000, %sp
	movl $0x1000 + on_timer - guest, 0x41 * 4
	msr 0x1b, 0xfee00d00
	msr 0x80f, 0x1ff
	msr 0x832, 0x40041
	msr 0x4b564d01, 0x2001
	mov 0x2010, %eax
	mov 0x2014, %edx
	add $10000000000 & 0xffffffff, %eax
	adc $10000000000 >> 32, %edx
	mov $0x4b564d10, %ecx
	wrmsr
	mov $0x41, %al		# 'A': armed
	out %al, $0x10
	sti
1:	hlt
	jmp 1b
on_timer:
	mov $0x46, %al		# 'F': fired
	out %al, $0x10
	iret
guest_end:
	.code64
