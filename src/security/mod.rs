//! The decision engine: a [`Request`], [`Facts`] and a time make a [`Decision`].
//!
//! Pure and total: no clock, disk or database; every request is decided, and what no rule allows is denied. One file per
//! mechanism; [`decide()`] runs them in stages. [`Rule`] is the table of rules; `docs/rules.md` is made from it.

mod acl;
mod advice;
mod authorise;
mod candidates;
mod decide;
mod decision;
mod denial;
mod evidence;
mod explain;
mod facts;
mod hypothetical;
mod judge;
mod membership;
mod memory;
mod obstacle;
mod once;
mod package;
mod part;
mod path;
mod project;
mod protection;
mod reach;
mod reading;
mod remedy;
mod request;
mod rule;
mod steps;
mod stop;
mod visible_advice;
mod ways;

pub use advice::{Advice, advise};
pub use authorise::{Authorisation, Authorised, Requested, authorise};
pub use decide::decide;
pub use decision::{Decision, Verdict};
pub use denial::{Denial, Reason};
pub use evidence::{AccessPlace, Evidence, Finding, FlowPlace, Ground, Opened, Passage, Visibility};
pub use explain::Explained;
pub use facts::Facts;
pub use judge::Judge;
pub use membership::{Membership, membership};
pub use memory::{MemoryFacts, ObjectKey};
pub use obstacle::Obstacle;
pub use part::Shown;
pub use reach::{Reach, Reached, Reverse};
pub use remedy::Remedy;
pub use request::{Access, Columns, Destination, Flow, Part, Request, Requirement, Rights};
pub use rule::{Basis, OTHER_RULES, Rule, RuleText};
pub use visible_advice::{Alternative, VisibleAdvice};
pub use ways::Way;
