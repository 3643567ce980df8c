# SPDX-License-Identifier: GPL-2.0-or-later
# files: target/i386/kvm/kvm.c
/^void kvm_arch_accel_class_init(ObjectClass \*oc)$/{
	n
	a\
    kvm_deadline_accel_class_init(oc);\

}
