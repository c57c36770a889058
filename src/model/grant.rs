use std::fmt;

use smol_str::SmolStr;

use super::{Action, Principal, Time};
use crate::text::fold;

/// Name of a role, compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(SmolStr);

impl RoleName {
    /// The built-in role that may do everything in its project.
    pub const SUPER_ADMINISTRATOR: &'static str = "super_administrator";
    /// The built-in role for all resource operations and part of the management.
    pub const ADMIN: &'static str = "admin";

    /// The role of this name.
    pub fn new(name: &str) -> Self {
        Self(fold(name).into())
    }

    /// The name, folded.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every project has this role and none can drop it.
    pub fn is_built_in(&self) -> bool {
        matches!(self.as_str(), Self::SUPER_ADMINISTRATOR | Self::ADMIN)
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a role can receive. Source: ROLE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleKind {
    /// Resource permissions, by ACL or policy.
    Resource,
    /// Management permissions, by policy only.
    Admin,
}

impl RoleKind {
    /// The word in `privilegeproperties("type"=…)`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Admin => "admin",
        }
    }
}

/// Who receives a privilege.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// A member of the project.
    User(Principal),
    /// A role of the project.
    Role(RoleName),
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(principal) => write!(f, "user/{principal}"),
            Self::Role(role) => write!(f, "role/{role}"),
        }
    }
}

/// One ACL entry: one action on one object, or on one column of it, for one grantee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What is allowed.
    pub action: Action,
    /// The column that it is limited to.
    pub column: Option<String>,
    /// Who received it.
    pub grantee: Grantee,
    /// Who gave it.
    pub grantor: Principal,
    /// When it was given.
    pub granted: Time,
    /// When it ends; an expired entry stays listed and allows nothing.
    pub expires: Option<Time>,
    /// The text of its conditions: where they do not hold, it allows nothing.
    pub conditions: Option<String>,
}

impl Grant {
    /// Whether it has not ended.
    pub fn is_valid(&self, now: Time) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}
