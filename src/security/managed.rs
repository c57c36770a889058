//! What an access is about besides its object.

use std::collections::BTreeSet;

use crate::model::{Action, Object};

/// What an action of management is about, besides the object: policies can be limited to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Managed {
    /// The role, or the package with the name of its project, that it names.
    pub name: Option<String>,
    /// Whether that is a role of administrator type: its URI is another one.
    pub is_administrator_role: bool,
    /// Of giving a role: whether the caller is among those who get it (ADM-2).
    pub is_to_caller: bool,
    /// Of making and listing objects: whether this is in the schema `default`, whose grants count as well; else in the project itself (SCH-2).
    pub is_in_default: bool,
    /// Of the history of a table: whether it is one that was dropped, if it is there at all. No grant can be made on it.
    pub is_dropped: bool,
    /// Of GrantPrivs and RevokePrivs: every action that is granted or revoked (POL-7).
    pub privileges: BTreeSet<Action>,
    /// Of filling packages: the object that is put in or taken out. No rule asks for it; the audit names it.
    pub item: Option<Object>,
}
