//! Policies: what their files contain, and what they mean.
//!
//! `document` reads JSON with positions, `fields` what all kinds of policy have in common; a profile says what each field may contain and
//! how the statements apply: `exception` that of a protected project, `access` those of projects and roles.
//! Pure: who moves data, how and when is a [`RequestContext`].

mod access;
mod action_name;
mod action_set;
mod actions_removed;
mod address;
mod asked;
mod automaton;
mod bits;
mod compiled;
mod condition;
mod condition_key;
mod condition_text;
mod condition_token;
mod conditions;
mod context;
mod denial_lifted;
mod difference;
mod document;
mod download_added;
mod draft;
mod effect;
mod exception;
mod exception_added;
mod fields;
mod index;
mod listed;
mod meeting;
mod operator;
mod pattern;
mod principal;
mod profile;
mod resource;
mod scope;
mod statement;
mod statement_added;
mod template;
mod uri_form;
mod warned;

pub use access::{AccessPolicy, CompiledPolicy, Principals};
pub use actions_removed::{Removed, without_actions};
pub use address::AddressList;
pub use asked::Asked;
pub use compiled::ProjectPolicies;
pub use condition_text::conditions_of;
pub use conditions::Conditions;
pub use context::RequestContext;
pub use denial_lifted::without_denial;
pub use difference::Difference;
pub use document::MAX_BYTES;
pub use effect::Effect;
pub use exception::{ExceptionPolicy, Exempted, NearMiss};
pub use exception_added::{excepted_task, with_statements};
pub use listed::ListedStatement;
pub use profile::Profile;
pub use scope::Scope;
pub use statement_added::{NewStatement, delegating, with_statement};
