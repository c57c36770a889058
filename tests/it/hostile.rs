//! Bad input, through the real binary: refused with one clear error, or done; never a crash, a hang, or half a change.

#[path = "hostile/depth.rs"]
mod depth;
#[path = "hostile/disk.rs"]
mod disk;
#[path = "hostile/policy.rs"]
mod policy;
#[path = "hostile/processes.rs"]
mod processes;
#[path = "hostile/state.rs"]
mod state;
#[path = "hostile/text.rs"]
mod text;
