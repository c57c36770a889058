//! The invariants of the house that a compiler does not keep: who may use whom, what the pure rooms never touch, how files look.
//!
//! ARCHITECTURE.md lists the invariants; each failure here says which one is broken and why it is one.

mod decisions;
mod files;
mod language;
mod layers;
mod layout;
mod names;
mod purity;
pub mod source;

use std::fmt::Write;

use source::Source;

/// Fails with every line of `found`, and the reason of the rule.
fn assert_none(found: &[String], reason: &str) {
    let mut list = String::new();
    for line in found {
        writeln!(list, "  {line}").expect("memory");
    }
    assert!(found.is_empty(), "{reason}\n{list}");
}

/// The top-level module of a file of `src`: `security` of `src/security/acl.rs`, `cli` of `src/cli.rs`.
fn room(source: &Source) -> Option<&str> {
    let inside = source.path.strip_prefix("src/")?;
    Some(inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs"))
}
