//! Analysis built on decisions: advice on denials, `.who can`, `.what can`, and the ways by which data can leave a project.
//!
//! All of it evaluates hypothetical requests, or facts with assumed changes, with the same `decide` as enforcement; there are no rules
//! here. A remedy is a [`Change`](crate::security::Change) of what decisions rest on; `spelling` makes the statement of it.

mod advice;
mod circumstances;
mod everyone;
mod obstacle;
mod reach;
mod remedy;
mod resource_reach;
mod spelling;
mod steps;
mod visible;
mod ways;

pub use advice::{Advice, advise};
pub use circumstances::When;
pub use everyone::{Everyone, put_together};
pub use obstacle::Obstacle;
pub use reach::{Reach, Reached, RoleThatCan};
pub use remedy::Remedy;
pub use resource_reach::Able;
pub use ways::WayOut;
