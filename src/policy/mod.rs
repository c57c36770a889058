//! Policies: what their files contain, and what they mean.
//!
//! `document` reads JSON with positions; a profile, such as `exception`, says what each field may contain and how the statements apply.
//! Pure: who moves data, how and when is a [`RequestContext`].

mod address;
mod compiled;
mod condition;
mod context;
mod document;
mod exception;
mod exception_added;
mod pattern;

pub use address::AddressList;
pub use compiled::ProjectPolicies;
pub use context::RequestContext;
pub use document::MAX_BYTES;
pub use exception::{ExceptionPolicy, Exempted, NearMiss};
pub use exception_added::{excepted_task, with_statements};
