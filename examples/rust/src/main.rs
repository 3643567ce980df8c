// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The VMM of ../vmm.c on kvm-ioctls: the same guest, the same file, the same steps.
//!	kvmdl-vmm save FILE	run until the guest has armed, then save it
//!	kvmdl-vmm restore FILE	go on from there until the timer has fired
//!
//! What a VMM has to do for the library is marked with [1] to [7].
use kvm_bindings::*;
use kvm_ioctls::{Kvm, VcpuExit, VcpuFd, VmFd};
use std::{ffi::CStr, fs, io::Read, mem, os::fd::AsRawFd, process, ptr, slice, thread};

mod kvmdl {
	#![allow(non_camel_case_types, non_upper_case_globals, dead_code)]
	use kvm_bindings::*;
	include!(concat!(env!("OUT_DIR"), "/kvmdl.rs"));
}
use kvmdl::kvmdl_backend::{self, KVMDL_USER};

const MEMORY_BYTES: usize = 0x10000;
const CODE: usize = 0x1000; // where the guest begins
const PORT: u16 = 0x10; // the guest writes b'A' to it when it has armed, b'F' when that fired

const MSR_IA32_TSC: u32 = 0x10;
const MSR_IA32_TSC_DEADLINE: u32 = 0x6e0;
const MSR_KVM_CLOCK: u32 = 0x4b56_4d01; // MSR_KVM_SYSTEM_TIME_NEW

// Of <linux/kvm.h>: kvm-ioctls gives them no names, and has no call for the last.
const KVM_RUN: u32 = 0xae80;
const KVM_GET_TSC_KHZ: u32 = 0xaea3;
const KVM_GET_MSRS: u32 = 0xc008_ae88;
const KVM_SET_MSRS: u32 = 0x4008_ae89;
const KVM_GET_CLOCK: u32 = 0x8030_ae7c;
const KVM_X86_SET_MSR_FILTER: u32 = 0x4188_aec6;

core::arch::global_asm!(include_str!("../../guest.s"), options(att_syntax));
extern "C" {
	static guest: u8;
	static guest_end: u8;
}

#[repr(C, align(4096))]
struct Memory([u8; MEMORY_BYTES]);

#[repr(C)]
struct Saved {
	regs: kvm_regs,
	sregs: kvm_sregs,
	lapic: kvm_lapic_state,
	events: kvm_vcpu_events,
	clock: kvm_clock_data,
	tsc: u64,
	kvmclock_msr: u64,
	timer: kvmdl::kvmdl_state,
	memory: [u8; MEMORY_BYTES],
}

struct Vm {
	fd: VmFd,
	vcpu: VcpuFd,
	timer: kvmdl::kvmdl_vcpu,
	memory: Box<Memory>,
}

/// The library's way: a negative errno.
fn check(ret: i32, what: &str) -> i32 {
	if ret < 0 {
		eprintln!("{what}: {}", std::io::Error::from_raw_os_error(-ret));
		process::exit(1);
	}
	ret
}

fn get_msr(vcpu: &VcpuFd, index: u32) -> u64 {
	let entry = kvm_msr_entry { index, ..Default::default() };
	let mut msrs = Msrs::from_entries(&[entry]).unwrap();
	assert_eq!(vcpu.get_msrs(&mut msrs).unwrap(), 1, "KVM refuses MSR {index:#x}");
	msrs.as_slice()[0].data
}

fn set_msr(vcpu: &VcpuFd, index: u32, data: u64) {
	let entry = kvm_msr_entry { index, data, ..Default::default() };
	let msrs = Msrs::from_entries(&[entry]).unwrap();
	assert_eq!(vcpu.set_msrs(&msrs).unwrap(), 1, "KVM refuses MSR {index:#x}");
}

/// [2] the arms are exact if the library can look at the guest's clock page.
unsafe extern "C" fn read_memory(
	memory: *mut libc::c_void, guest_physical: u64, to: *mut libc::c_void, bytes: usize,
) -> bool {
	let from = guest_physical as usize;
	if from > MEMORY_BYTES || bytes > MEMORY_BYTES - from {
		return false;
	}
	ptr::copy_nonoverlapping((memory as *const u8).add(from), to as *mut u8, bytes);
	true
}

/// [1] who serves the MSR here?  A stock KVM has to send its accesses to us.
fn prepare(vm: &VmFd) -> kvmdl_backend {
	let mut reason = ptr::null();
	let backend = unsafe { kvmdl::kvmdl_probe(vm.as_raw_fd(), &mut reason) };
	let name = ["none", "kernel", "user"][backend as usize];
	println!("backend {name}: {}", unsafe { CStr::from_ptr(reason) }.to_str().unwrap());
	if backend != KVMDL_USER {
		return backend;
	}
	let mut filter = kvm_msr_filter::default(); // a VMM's own ranges, if any
	let mut exits = kvm_enable_cap { cap: KVM_CAP_X86_USER_SPACE_MSR, ..Default::default() };
	check(unsafe { kvmdl::kvmdl_filter_merge(&mut filter, &mut exits.args[0]) },
	      "kvmdl_filter_merge");
	vm.enable_cap(&exits).unwrap();
	let ret = unsafe { libc::ioctl(vm.as_raw_fd(), KVM_X86_SET_MSR_FILTER.into(), &filter) };
	assert_eq!(ret, 0, "KVM_X86_SET_MSR_FILTER");
	backend
}

/// [3] show the guest the MSR, and tell the library that it is shown.
fn set_cpuid(kvm: &Kvm, vm: &mut Vm) {
	let mut cpuid = kvm.get_supported_cpuid(KVM_MAX_CPUID_ENTRIES).unwrap();
	for entry in cpuid.as_mut_slice() {
		if entry.function == 1 {
			entry.ecx |= 1 << 24; // TSC_DEADLINE
		}
	}
	check(unsafe { kvmdl::kvmdl_cpuid_offer(cpuid.as_mut_fam_struct_ptr()) }, "kvmdl_cpuid_offer");
	vm.vcpu.set_cpuid2(&cpuid).unwrap();
	check(unsafe { kvmdl::kvmdl_set_cpuid(&mut vm.timer, cpuid.as_fam_struct_ptr()) },
	      "kvmdl_set_cpuid");
}

fn create() -> Vm {
	let kvm = Kvm::new().expect("/dev/kvm");
	let fd = kvm.create_vm().unwrap();
	let mut memory = Box::new(Memory([0; MEMORY_BYTES]));
	let region = kvm_userspace_memory_region {
		memory_size: MEMORY_BYTES as u64,
		userspace_addr: memory.0.as_ptr() as u64,
		..Default::default()
	};
	unsafe { fd.set_user_memory_region(region) }.unwrap();
	fd.create_irq_chip().unwrap();
	let backend = prepare(&fd);

	let mut vcpu = fd.create_vcpu(0).unwrap();
	let mut timer: kvmdl::kvmdl_vcpu = unsafe { mem::zeroed() };
	let run: *mut kvm_run = vcpu.get_kvm_run();
	check(unsafe {
		kvmdl::kvmdl_vcpu_init(&mut timer, mem::size_of_val(&timer), backend, fd.as_raw_fd(),
				       vcpu.as_raw_fd(), run, Some(read_memory),
				       memory.0.as_mut_ptr().cast())
	}, "kvmdl_vcpu_init");
	let mut vm = Vm { fd, vcpu, timer, memory };
	set_cpuid(&kvm, &mut vm);
	vm
}

fn boot(vm: &mut Vm) {
	let bytes = unsafe { (&raw const guest_end).offset_from(&raw const guest) } as usize;
	let code = unsafe { slice::from_raw_parts(&raw const guest, bytes) };
	vm.memory.0[CODE..CODE + bytes].copy_from_slice(code);
	let mut sregs = vm.vcpu.get_sregs().unwrap();
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	vm.vcpu.set_sregs(&sregs).unwrap();
	let regs = kvm_regs { rip: CODE as u64, rflags: 2, ..Default::default() };
	vm.vcpu.set_regs(&regs).unwrap();
}

/// [4] the library's ioctls in the vCPU's thread, beside the VMM's own KVM_RUN.
fn limit_ioctls() {
	let allowed = [KVM_GET_MSRS, KVM_SET_MSRS, KVM_GET_TSC_KHZ, KVM_GET_CLOCK, KVM_RUN];
	let op = |code: u32, jt: usize, jf: usize, k: u32|
		libc::sock_filter { code: code as u16, jt: jt as u8, jf: jf as u8, k };
	let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
	let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
	let args = mem::offset_of!(libc::seccomp_data, args);
	let mut filter = vec![
		op(load, 0, 0, mem::offset_of!(libc::seccomp_data, nr) as u32),
		op(equal, 0, allowed.len() + 2, libc::SYS_ioctl as u32),
		op(load, 0, 0, (args + mem::size_of::<u64>()) as u32),
	];
	for (i, request) in allowed.iter().enumerate() {
		filter.push(op(equal, allowed.len() - i, 0, *request));
	}
	filter.push(op(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_KILL_PROCESS));
	filter.push(op(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_ALLOW));
	let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
	unsafe {
		assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
		assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program), 0);
	}
}

/// [5] around each KVM_RUN; and no longer in it than the library says.
fn run_vcpu(vm: &mut Vm, until: u8) {
	limit_ioctls();
	loop {
		check(unsafe { kvmdl::kvmdl_before_run(&mut vm.timer) }, "kvmdl_before_run");
		let next_ns = unsafe { kvmdl::kvmdl_next_check_ns(&vm.timer) };
		unsafe { libc::alarm(next_ns.div_ceil(1_000_000_000) as u32) };
		let event = match vm.vcpu.run() {
			Ok(VcpuExit::IoOut(PORT, data)) => Some(data[0]),
			Ok(_) => None,
			Err(error) if error.errno() == libc::EINTR => continue,
			Err(error) => panic!("KVM_RUN: {error}"),
		};
		let ret = unsafe { kvmdl::kvmdl_handle_exit(&mut vm.timer) };
		if event == Some(until) {
			return;
		}
		assert_ne!(check(ret, "kvmdl_handle_exit"), 0, "KVM_RUN ended with {event:?}");
	}
}

extern "C" fn on_alarm(_signal: i32) {}

/// The alarm has to come to the thread that is in KVM_RUN.
fn run_to(vm: &mut Vm, event: u8) {
	thread::scope(|scope| {
		scope.spawn(|| run_vcpu(vm, event));
		unsafe {
			let mut alarms: libc::sigset_t = mem::zeroed();
			libc::sigaddset(&mut alarms, libc::SIGALRM);
			libc::pthread_sigmask(libc::SIG_BLOCK, &alarms, ptr::null_mut());
		}
	});
}

/// [6] the library's state stands for both deadline MSRs.
fn save(vm: &mut Vm) -> Box<Saved> {
	// KVM finishes the port write.
	vm.vcpu.set_kvm_immediate_exit(1);
	assert_eq!(vm.vcpu.run().unwrap_err().errno(), libc::EINTR);
	let mut timer: kvmdl::kvmdl_state = unsafe { mem::zeroed() };
	check(unsafe { kvmdl::kvmdl_get(&mut vm.timer, &mut timer, mem::size_of_val(&timer)) },
	      "kvmdl_get");
	Box::new(Saved {
		timer,
		tsc: get_msr(&vm.vcpu, MSR_IA32_TSC),
		kvmclock_msr: get_msr(&vm.vcpu, MSR_KVM_CLOCK),
		clock: vm.fd.get_clock().unwrap(),
		regs: vm.vcpu.get_regs().unwrap(),
		sregs: vm.vcpu.get_sregs().unwrap(),
		lapic: vm.vcpu.get_lapic().unwrap(),
		events: vm.vcpu.get_vcpu_events().unwrap(),
		memory: vm.memory.0,
	})
}

/// [7] in any order, as long as changes of the clock are reported afterwards.
fn restore(vm: &mut Vm, from: &Saved) {
	vm.memory.0 = from.memory;
	vm.vcpu.set_regs(&from.regs).unwrap();
	vm.vcpu.set_sregs(&from.sregs).unwrap();
	vm.vcpu.set_lapic(&from.lapic).unwrap();
	vm.vcpu.set_vcpu_events(&from.events).unwrap();
	set_msr(&vm.vcpu, MSR_IA32_TSC, from.tsc);
	set_msr(&vm.vcpu, MSR_KVM_CLOCK, from.kvmclock_msr);
	set_msr(&vm.vcpu, MSR_IA32_TSC_DEADLINE, from.timer.tsc_deadline);
	check(unsafe { kvmdl::kvmdl_set(&mut vm.timer, from.timer.deadline_ns) }, "kvmdl_set");
	let clock = kvm_clock_data { clock: from.clock.clock, ..Default::default() };
	vm.fd.set_clock(&clock).unwrap();
	unsafe { kvmdl::kvmdl_changed(&mut vm.timer) };
}

/// The file of ../vmm.c, byte by byte.
fn bytes_of(saved: &mut Saved) -> &mut [u8] {
	unsafe { slice::from_raw_parts_mut((saved as *mut Saved).cast(), mem::size_of::<Saved>()) }
}

fn main() {
	let args: Vec<String> = std::env::args().collect();
	let [_, command, file] = &args[..] else {
		eprintln!("usage: kvmdl-vmm save|restore FILE");
		process::exit(2);
	};
	// Without SA_RESTART: the alarm ends KVM_RUN.
	unsafe {
		let mut action: libc::sigaction = mem::zeroed();
		action.sa_sigaction = on_alarm as *const () as libc::sighandler_t;
		libc::sigaction(libc::SIGALRM, &action, ptr::null_mut());
	}
	let mut vm = create();
	if command == "save" {
		boot(&mut vm);
		run_to(&mut vm, b'A');
		let mut saved = save(&mut vm);
		println!("saved at  {:.6} s", saved.clock.clock as f64 / 1e9);
		return fs::write(file, bytes_of(&mut saved)).expect(file);
	}
	let mut saved: Box<Saved> = Box::new(unsafe { mem::zeroed() });
	let read = fs::File::open(file).and_then(|mut file| file.read_exact(bytes_of(&mut saved)));
	read.expect("no saved guest");
	restore(&mut vm, &saved);
	run_to(&mut vm, b'F');
	let now = vm.fd.get_clock().unwrap().clock;
	println!("armed for {:.6} s", saved.timer.deadline_ns as f64 / 1e9);
	println!("fired at  {:.6} s", now as f64 / 1e9);
	process::exit((now < saved.timer.deadline_ns).into());
}
