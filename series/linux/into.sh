# SPDX-License-Identifier: GPL-2.0-only
# Sourced by series/linux/make and tests/selftests/build, after series/lib.sh: what goes
# into Linux's headers and selftests in $tree.
# shellcheck shell=sh disable=SC2154

number() { sed -n "s/^#define $1[[:space:]][[:space:]]*//p" "$TOP/include/kvm_deadline.h"; }

# Into the headers that userspace has, too.
add_numbers() {
	header=arch/x86/include/uapi/asm/kvm_para.h
	insert $header after '^#define KVM_FEATURE_MIGRATION_CONTROL' \
		"#define KVM_FEATURE_DEADLINE		$(number KVM_FEATURE_DEADLINE)"
	insert $header after '^#define MSR_KVM_MIGRATION_CONTROL' \
		"#define MSR_KVM_DEADLINE		$(number MSR_KVM_DEADLINE)"
	header=include/uapi/linux/kvm.h
	last=$(sed -n 's/^\(#define KVM_CAP_[A-Z0-9_]* [0-9]*\)$/\1/p' "$tree/$header" | tail -n 1)
	insert $header after "^$last\$" \
		"#define KVM_CAP_X86_DEADLINE $(number KVM_CAP_X86_DEADLINE)"
}

# Their library had no names for these at first, and left the IDT to each test.
add_to_old_library() {
	insert "$folder/include/$x86/apic.h" after '^#define	APIC_ICR	0x300' \
		'#define	APIC_LVTT	0x320\n#define		APIC_LVT_TIMER_TSCDEADLINE	(2 << 17)'
	sed -i '/vm_create_with_one_vcpu/a\
	vm_init_descriptor_tables(vm);\
	vcpu_init_descriptor_tables(vcpu);' "$tree/$folder/$x86/kvm_deadline_test.c"
}

add_selftest() {
	folder=tools/testing/selftests/kvm makefile=Makefile x86=x86_64
	if [ -f "$tree/$folder/Makefile.kvm" ]; then
		makefile=Makefile.kvm x86=x86
	fi
	cp "$TOP/series/linux/selftests/kvm_deadline_test.c" "$tree/$folder/$x86/"
	insert $folder/$makefile after "/kvm_clock_test\$" \
		"TEST_GEN_PROGS_$x86 += $x86/kvm_deadline_test"
	insert "$folder/include/$x86/processor.h" after 'X86_FEATURE_KVM_MIGRATION_CONTROL' \
		"#define X86_FEATURE_KVM_DEADLINE	KVM_X86_CPU_FEATURE(0x40000001, 0, EAX, $(number KVM_FEATURE_DEADLINE))"
	! grep -q vm_init_descriptor_tables "$tree/$folder/include/$x86/processor.h" ||
		add_to_old_library
}
