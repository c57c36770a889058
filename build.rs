//! Links the program at a fixed address.
//!
//! A position-independent program of this size spends several milliseconds on relocations before `main`, more than a
//! whole `odpsh -e "whoami;"` takes. What it costs is said in ARCHITECTURE.md.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let linux = std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|system| system == "linux");
    if linux {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
