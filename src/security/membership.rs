use super::facts::Facts;
use crate::error::Result;
use crate::model::{Grantee, Principal, Project, ProjectRef, RoleName};

/// What a principal is in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// Not a member.
    Outsider,
    /// A member with these roles.
    Member(Vec<RoleName>),
    /// The owner, who is a member without being listed.
    Owner,
}

impl Membership {
    /// Whether it belongs to the project.
    pub fn is_member(&self) -> bool {
        !matches!(self, Self::Outsider)
    }

    /// Owner or Super_Administrator.
    pub fn is_super(&self) -> bool {
        *self == Self::Owner || self.holds(RoleName::SUPER_ADMINISTRATOR)
    }

    /// Holds the role Admin.
    pub fn is_admin(&self) -> bool {
        self.holds(RoleName::ADMIN)
    }

    /// Owner, Super_Administrator or Admin: those who may see what others hold (BND-2).
    pub fn manages(&self) -> bool {
        self.is_super() || self.is_admin()
    }

    /// Whose entries count for `principal`: its own, and those of its roles.
    pub fn grantees(&self, principal: &Principal) -> Vec<Grantee> {
        let own = std::iter::once(Grantee::User(principal.clone()));
        match self {
            Self::Member(roles) => own.chain(roles.iter().cloned().map(Grantee::Role)).collect(),
            Self::Outsider | Self::Owner => own.collect(),
        }
    }

    fn holds(&self, name: &str) -> bool {
        matches!(self, Self::Member(roles) if roles.iter().any(|role| role.as_str() == name))
    }
}

/// What `principal` is in `project`.
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn membership(facts: &dyn Facts, project: &Project, principal: &Principal) -> Result<Membership> {
    if project.owner == *principal {
        return Ok(Membership::Owner);
    }
    // A removed user's roles and grants sleep (ACC-9): without membership they are not even asked for.
    match facts.member_since(project.id, principal)? {
        Some(_) => Ok(Membership::Member(facts.roles(project.id, principal)?)),
        None => Ok(Membership::Outsider),
    }
}

/// Whether `viewer` administers a project: then it may see what others hold there (BND-2).
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn manages(project: &ProjectRef, viewer: &Principal, facts: &dyn Facts) -> Result<bool> {
    Ok(match facts.project(project.id)? {
        Some(project) => membership(facts, &project, viewer)?.manages(),
        None => false,
    })
}
