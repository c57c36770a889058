//! The decision engine: a [`Request`], [`Facts`] and a time make a [`Decision`].
//!
//! Pure and total: no clock, disk or database; every request is decided, and what no rule allows is denied. One file per
//! mechanism; [`decide()`] runs them in stages. [`Rule`] is the table of rules; `docs/rules.md` is made from it.

mod acl;
mod authorise;
mod candidates;
mod clearance;
mod decide;
mod decision;
mod denial;
mod entry;
mod evidence;
mod explain;
mod facts;
mod hypothetical;
mod judge;
mod label;
mod location;
mod managed;
mod membership;
mod memory;
mod once;
mod package;
mod part;
mod path;
mod policies;
mod project;
mod protection;
mod reading;
mod request;
mod reverse;
mod rule;
mod stop;
mod tenant;
mod tenant_resource;
mod uri;

pub use acl::{columns_granted, may_hand_to, objects_with_entries};
pub use authorise::{Authorisation, Authorised, Requested, authorise};
pub use candidates::candidates;
pub use decide::decide;
pub use decision::{Decision, Verdict};
pub use denial::{Denial, Reason};
pub use entry::conditions;
pub use evidence::{
    AccessPlace, Evidence, Finding, FlowPlace, Ground, LocationGround, ManagingGround, Opened, Passage, UsageGround,
    Visibility,
};
pub use explain::Explained;
pub use facts::Facts;
pub use hypothetical::{Change, Hypothetical};
pub use judge::Judge;
pub use location::LocationUse;
pub use membership::{Held, Membership, heads_tenant, manages, membership};
pub use memory::{MemoryFacts, ObjectKey};
pub use package::could_give;
pub use part::Shown;
pub use path::{Candidates, Reader, Short, TooHigh};
pub use policies::{PolicyStatement, role_allows};
pub use request::{
    Access, Columns, Destination, Flow, Managed, NamedBy, Part, Request, Requirement, ResourceAccess, Rights, Usage,
};
pub use reverse::Reverse;
pub use rule::{Basis, OTHER_RULES, Rule, RuleText};
pub use tenant::Manager;
