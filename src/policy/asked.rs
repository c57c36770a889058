use std::collections::BTreeSet;

use crate::model::Action;

/// What a statement of a policy is held against: one action, on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The action.
    pub action: Action,
    /// Every form of the object's URI, without `acs:odps:*:`, folded; a pattern matches the object if it matches one of them (POL-6).
    pub uris: &'a [String],
    /// Of GrantPrivs and RevokePrivs: every action that is granted or revoked (POL-7).
    pub privileges: &'a BTreeSet<Action>,
    /// The instance that is touched, if it is one.
    pub instance: Option<&'a str>,
}
