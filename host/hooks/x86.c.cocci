// SPDX-License-Identifier: GPL-2.0-only
// files: x86.c msrs.c
// leaves: 1 kvm_deadline_set_msr
// leaves: 1 kvm_deadline_get_msr
// leaves: 1 MSR_KVM_DEADLINE,
// leaves: 1 kvm_deadline_capability
// leaves: 1 kvm_deadline_fastpath
// leaves: 2 kvm_deadline_set_tsc_msr
// leaves: 1 kvm_deadline_get_tsc_msr
// leaves: 4 kvm_deadline_clock_request
// leaves: 4 kvm_deadline_request_reevaluation
// leaves: 1 kvm_deadline_pm_notifier
// leaves: 1 kvm_deadline_clock_published
// leaves: 1 kvm_deadline_before_block
// The MSR, its discovery, and every way the vCPU's clock can move.  What 7.3 has in
// msrs.c is in x86.c before.

// exists: 6.12 has #ifdefs in the middle of its switch.
@set_msr exists@
identifier vcpu, msr_info;
statement S1, S2;
@@
 int kvm_set_msr_common(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
 {
 ... when != S1
+	if (msr_info->index == MSR_KVM_DEADLINE)
+		return kvm_deadline_set_msr(vcpu, msr_info);
 S2
 ... when any
 }

@get_msr@
identifier vcpu, msr_info;
@@
 int kvm_get_msr_common(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
 {
+	if (msr_info->index == MSR_KVM_DEADLINE)
+		return kvm_deadline_get_msr(vcpu, msr_info);
 ...
 }

// The last one: KVM_SET_MSRS of a copied list stops at the first unknown one (R17).
@msr_list@
@@
 u32 emulated_msrs_all[] = {
 ...,
+	MSR_KVM_DEADLINE,
 };

@check_extension@
identifier kvm, ext;
statement S1, S2;
@@
 int kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext)
 {
 ... when != S1
+	if (ext == KVM_CAP_X86_DEADLINE)
+		return kvm_deadline_capability(kvm);
 S2
 ... when any
 }

// Where KVM serves the TSC deadline so: with a preemption timer, in 7.3 always.
@fastpath_rcx exists@
typedef fastpath_t;
identifier vcpu;
statement S1, S2;
@@
 fastpath_t handle_fastpath_set_msr_irqoff(struct kvm_vcpu *vcpu)
 {
 ... when != S1
+	if (msr == MSR_KVM_DEADLINE && kvm_can_use_hv_timer(vcpu))
+		return kvm_deadline_fastpath(vcpu, kvm_read_edx_eax(vcpu));
 S2
 ... when any
 }

@fastpath_any@
identifier vcpu, msr, data;
statement S;
@@
 fastpath_t __handle_fastpath_wrmsr(struct kvm_vcpu *vcpu, u32 msr, u64 data)
 {
 if (!kvm_pmu_is_fastpath_emulation_allowed(vcpu)) S
+if (msr == MSR_KVM_DEADLINE)
+	return kvm_deadline_fastpath(vcpu, data);
 ...
 }

// Guest writes and host writes all end here.
@tsc_msr@
expression vcpu, data;
@@
(
-kvm_set_lapic_tscdeadline_msr(vcpu, data)
+kvm_deadline_set_tsc_msr(vcpu, data)
|
-kvm_get_lapic_tscdeadline_msr(vcpu)
+kvm_deadline_get_tsc_msr(vcpu)
)

// Who moves another vCPU's clock: see docs/design.rst.  The global update is made by
// kvmclock_update_fn(), later by kvm_gen_kvmclock_update().
@clock_request@
identifier fn = {kvm_end_pvclock_update, pvclock_gtod_update_fn, __kvmclock_cpufreq_notifier};
expression request, vcpu;
@@
 fn(...)
 {
 <...
-kvm_make_request
+kvm_deadline_clock_request
 (request, vcpu)
 ...>
 }

@global_clock_request@
expression vcpu;
@@
-kvm_make_request
+kvm_deadline_clock_request
 (KVM_REQ_CLOCK_UPDATE, vcpu);
 kvm_vcpu_kick(vcpu);

// KVM itself asks for no clock update after these two.
@tsc_write@
expression vcpu;
@@
 adjust_tsc_offset_guest(vcpu, adj);
+kvm_deadline_request_reevaluation(vcpu);

@tsc_khz@
identifier vcpu, khz;
statement S1, S2;
@@
 int kvm_set_tsc_khz(struct kvm_vcpu *vcpu, u32 khz)
 {
 ... when != S1
+	kvm_deadline_request_reevaluation(vcpu);
 S2
 ... when any
 }

@tsc_sync@
expression vcpu;
@@
 vcpu->arch.last_guest_tsc = tsc;
+kvm_deadline_request_reevaluation(vcpu);

@resume@
identifier kvm, state;
@@
 int kvm_arch_pm_notifier(struct kvm *kvm, unsigned long state)
 {
+	kvm_deadline_pm_notifier(kvm, state);
 ...
 }

// D is evaluated where a new clock has just been computed.
@published@
identifier v;
expression clock, now_ns;
@@
 int kvm_guest_time_update(struct kvm_vcpu *v)
 {
 ... when any
 clock.system_time = now_ns;
+kvm_deadline_clock_published(v, &clock);
 ... when any
 }

// Called from our file as well.
@time_update@
identifier v;
@@
-static
 int kvm_guest_time_update(struct kvm_vcpu *v)
 {
 ...
 }

@masterclock@
identifier kvm;
@@
-static
 void kvm_update_masterclock(struct kvm *kvm)
 {
 ...
 }

@global_update@
identifier v;
@@
-static
 void kvm_gen_kvmclock_update(struct kvm_vcpu *v)
 {
 ...
 }

// A vCPU that goes to sleep handles no clock update by itself.
@before_block@
identifier vcpu;
statement S1, S2;
@@
 int vcpu_block(struct kvm_vcpu *vcpu)
 {
 ... when != S1
+	kvm_deadline_before_block(vcpu);
 S2
 ... when any
 }
