//! What follows from decisions: what would lift a denial, who can do something, what someone can do, and by which ways data leaves.
//!
//! Everything is asked of the one decision path, of requests that nobody made and of facts with assumed changes; there are no rules
//! here. A remedy is a [`Change`](crate::security::Change) of what decisions rest on; `spelling` makes the statement of it.

mod advice;
mod obstacle;
mod reach;
mod remedy;
mod spelling;
mod steps;
mod visible;
mod ways;

pub use advice::{Advice, advise};
pub use obstacle::Obstacle;
pub use reach::{Reach, Reached};
pub use remedy::Remedy;
pub use ways::Way;
