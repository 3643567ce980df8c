// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program that was built against version 1 relies on.  Sizes may not change at
 * all: the VMM owns the memory.  What is new in a struct comes from what is reserved.
 */
#include <libkvmdeadline.h>

#define IS(what, value) _Static_assert((what) == (value), #what)

IS(sizeof(struct kvmdl_vcpu), 256);
IS(_Alignof(struct kvmdl_vcpu), 8);
IS(sizeof(struct kvmdl_state), 16);
IS(offsetof(struct kvmdl_state, deadline_ns), 0);
IS(offsetof(struct kvmdl_state, tsc_deadline), 8);
IS(sizeof(enum kvmdl_backend), 4);
IS(KVMDL_NONE, 0);
IS(KVMDL_KERNEL, 1);
IS(KVMDL_USER, 2);

#define HAS_TYPE(function, ...) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(function), __VA_ARGS__), \
		       #function)

HAS_TYPE(kvmdl_probe, enum kvmdl_backend(int, const char **));
HAS_TYPE(kvmdl_filter_merge, int(struct kvm_msr_filter *, uint64_t *));
HAS_TYPE(kvmdl_read_memory, bool(void *, uint64_t, void *, size_t));
HAS_TYPE(kvmdl_vcpu_init, int(struct kvmdl_vcpu *, size_t, enum kvmdl_backend, int, int,
			      struct kvm_run *, kvmdl_read_memory *, void *));
HAS_TYPE(kvmdl_cpuid_offer, int(struct kvm_cpuid2 *));
HAS_TYPE(kvmdl_set_cpuid, int(struct kvmdl_vcpu *, const struct kvm_cpuid2 *));
HAS_TYPE(kvmdl_before_run, int(struct kvmdl_vcpu *));
HAS_TYPE(kvmdl_handle_exit, int(struct kvmdl_vcpu *));
HAS_TYPE(kvmdl_next_check_ns, uint64_t(const struct kvmdl_vcpu *));
HAS_TYPE(kvmdl_changed, void(struct kvmdl_vcpu *));
HAS_TYPE(kvmdl_reset, int(struct kvmdl_vcpu *));
HAS_TYPE(kvmdl_get, int(struct kvmdl_vcpu *, struct kvmdl_state *, size_t));
HAS_TYPE(kvmdl_set, int(struct kvmdl_vcpu *, uint64_t));
