//! Processes that run user code: without network, files, environment and rights, with bounded time and memory (UDF-1).
//!
//! ```text
//!  shell ── starts itself anew ──> supervisor ── in namespaces of its own ──> confined process, which becomes Python
//!    │                                │ ends it when the shell is gone             │
//!    └────────── requests and answers: one line, which is all that it holds ───────┘
//! ```
//!
//! What keeps code in is the kernel: namespaces, a root with nothing in it but Python, no capability, limits, Landlock, and a list of the
//! system calls that compute; any other one ends the process. Where one of them is missing, nothing runs.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod confinement;
#[cfg(target_os = "linux")]
mod descriptors;
mod ended;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod python;
#[cfg(target_os = "linux")]
mod roles;
#[cfg(target_os = "linux")]
mod spec;
#[cfg(target_os = "linux")]
mod supervisor;
#[cfg(target_os = "linux")]
mod system_calls;

pub use ended::{Ended, Patience};

#[cfg(not(target_os = "linux"))]
pub use absent::{Confined, play};
#[cfg(target_os = "linux")]
pub use {process::Confined, roles::play};
