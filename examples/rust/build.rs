// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Bindings from the installed header, KVM's own structures from kvm-bindings.
use std::{env, process::Command};

fn output(program: &str, args: &[&str]) -> String {
	let output = Command::new(program).args(args).output();
	let output = output.unwrap_or_else(|e| panic!("{program}: {e}"));
	assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout).unwrap()
}

fn main() {
	let package = "libkvmdeadline";
	let dir = |name| output("pkg-config", &["--variable", name, package]).trim().to_string();
	let header = format!("{}/libkvmdeadline.h", dir("includedir"));
	let bindings = format!("{}/kvmdl.rs", env::var("OUT_DIR").unwrap());

	output("bindgen", &[&header, "--output", &bindings, "--allowlist-function", "kvmdl_.*",
		"--blocklist-type", "kvm_.*", "--rustified-enum", "kvmdl_backend"]);
	println!("cargo:rerun-if-changed={header}");
	println!("cargo:rustc-link-search=native={}", dir("libdir"));
	println!("cargo:rustc-link-lib=static=kvmdeadline");
}
