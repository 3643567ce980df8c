# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/cpu.c
# places: 2
# Never switched on by a CPU model, be it host or max: whoever gives a guest the
# bit knows that it has an MSR to migrate.
/^    \[FEAT_KVM\] = {/,/^    },/{
	/"kvm-msi-ext-dest-id",/{
		n
		n
		s/NULL/"kvm-deadline"/
	}
	/^        \.tcg_features = TCG_KVM_FEATURES,/a\
        .no_autoenable_flags = CPUID_KVM_DEADLINE,
}
