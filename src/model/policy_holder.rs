use std::fmt;

use super::RoleName;

/// What a policy is attached to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyHolder {
    /// The project: its statements name their principals.
    Project,
    /// A role of the project: its statements apply to its holders.
    Role(RoleName),
    /// A role of the tenant that owns the project: its statements apply to its holders (TNT-3).
    TenantRole(RoleName),
}

impl fmt::Display for PolicyHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project => f.write_str("the project policy"),
            Self::Role(role) => write!(f, "the policy of role {role}"),
            Self::TenantRole(role) => write!(f, "the policy of tenant role {role}"),
        }
    }
}
