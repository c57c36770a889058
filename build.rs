//! How the program is linked.
//!
//! Relocations of a position-independent program of this size are packed, so that they cost little at each start, and identical functions are folded. The
//! linker that Rust uses on this target can do both. With ODPSH_FIXED_ADDRESS=1 the program has one address and no relocations: it starts faster,
//! and the system cannot choose where its code and data are.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ODPSH_FIXED_ADDRESS");
    let is = |name: &str, value: &str| std::env::var_os(name).is_some_and(|found| found == value);
    if is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release") {
        let place = if is("ODPSH_FIXED_ADDRESS", "1") { "-no-pie" } else { "-Wl,-z,pack-relative-relocs" };
        println!("cargo::rustc-link-arg-bins={place}");
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}
