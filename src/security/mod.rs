//! The decision engine: a [`Request`], [`Facts`] and a time make a [`Decision`].
//!
//! Pure and total: no clock, disk or database; every request is decided, and what no rule allows is denied. One file per
//! mechanism; [`decide()`] runs them in stages. [`Rule`] is the table of rules; `docs/rules.md` is made from it.

mod acl;
mod advice;
mod asked;
mod authorise;
mod condition;
mod decide;
mod decision;
mod denial;
mod exception;
mod exception_added;
mod facts;
mod judge;
mod memory;
mod network;
mod obstacle;
mod once;
mod package;
mod part;
mod pattern;
mod project;
mod protection;
mod reach;
mod remedy;
mod request;
mod rule;
mod standing;
mod steps;
mod stop;
mod told;
mod ways;
mod what_if;

pub use advice::{Advice, advise};
pub use authorise::{Authorisation, Authorised, Requested, authorise};
pub use decide::decide;
pub use decision::{Decision, Fact, Step, Verdict};
pub use denial::{Denial, Reason};
pub use exception::{ExceptionPolicy, FlowContext, MAX_BYTES as MAX_POLICY_BYTES};
pub use facts::Facts;
pub use judge::Judge;
pub use memory::{MemoryFacts, ObjectKey};
pub use network::AddressList;
pub use obstacle::Obstacle;
pub use part::Shown;
pub use reach::{Reach, Reached, Reverse};
pub use remedy::Remedy;
pub use request::{Access, Claim, Columns, Destination, Flow, Part, Request, Subject};
pub use rule::{Basis, Rule};
pub use standing::{Standing, standing};
pub use told::{Alternative, Told};
pub use ways::Way;
