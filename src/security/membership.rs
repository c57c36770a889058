use std::sync::Arc;

use super::facts::Facts;
use crate::error::Result;
use crate::model::{Grantee, PolicyHolder, Principal, Project, ProjectRef, RoleName, TenantRank};

/// What a principal is in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// Not a member.
    Outsider,
    /// A member.
    Member(Held),
    /// The owner, who is a member without being listed.
    Owner,
}

/// What a member holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// Roles of the project.
    pub roles: Vec<RoleName>,
    /// What it is in the tenant that owns the project, by a built-in role of the tenant (TNT-2).
    pub rank: Option<TenantRank>,
    /// Custom roles of that tenant that were added to the project (TNT-3).
    pub tenant_roles: Vec<RoleName>,
}

impl Membership {
    /// Whether it belongs to the project.
    pub fn is_member(&self) -> bool {
        !matches!(self, Self::Outsider)
    }

    /// Owner or Super_Administrator.
    pub fn is_super(&self) -> bool {
        *self == Self::Owner
            || self.holds(RoleName::SUPER_ADMINISTRATOR)
            || self.rank() == Some(TenantRank::SuperAdministrator)
    }

    /// What it is in the tenant that owns the project, if that counts here.
    pub fn rank(&self) -> Option<TenantRank> {
        match self {
            Self::Member(held) => held.rank,
            Self::Outsider | Self::Owner => None,
        }
    }

    /// Holds the role Admin.
    pub fn is_admin(&self) -> bool {
        self.holds(RoleName::ADMIN) || self.rank() == Some(TenantRank::Admin)
    }

    /// Owner, Super_Administrator or Admin: those who may see what others hold (BND-2).
    pub fn manages(&self) -> bool {
        self.is_super() || self.is_admin()
    }

    /// The owner, or Super_Administrator or Admin of the tenant: those who manage its roles (TNT-2).
    pub fn manages_tenant(&self) -> bool {
        *self == Self::Owner || self.rank().is_some()
    }

    /// The owner, or Super_Administrator of the tenant: those who know every resource of it (TRS-5).
    pub fn heads_tenant(&self) -> bool {
        *self == Self::Owner || self.rank() == Some(TenantRank::SuperAdministrator)
    }

    /// Whose entries count for `principal`: its own, and those of its roles in the project. Tenant roles have none (TNT-3).
    pub fn grantees(&self, principal: &Principal) -> Vec<Grantee> {
        let roles = match self {
            Self::Member(held) => held.roles.as_slice(),
            Self::Outsider | Self::Owner => &[],
        };
        std::iter::once(Grantee::User(principal.clone())).chain(roles.iter().cloned().map(Grantee::Role)).collect()
    }

    /// The roles whose policies count for it: those of the project, and tenant roles.
    pub fn policy_holders(&self) -> impl Iterator<Item = PolicyHolder> {
        let held = match self {
            Self::Member(held) => Some(held),
            Self::Outsider | Self::Owner => None,
        };
        let roles = held.into_iter().flat_map(|held| held.roles.iter().cloned().map(PolicyHolder::Role));
        roles.chain(held.into_iter().flat_map(|held| held.tenant_roles.iter().cloned().map(PolicyHolder::TenantRole)))
    }

    /// Whether it holds this role of the project.
    pub(super) fn holds(&self, name: &str) -> bool {
        matches!(self, Self::Member(held) if held.roles.iter().any(|role| role.as_str() == name))
    }
}

/// What `principal` is in `project`.
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn membership(facts: &dyn Facts, project: &Project, principal: &Principal) -> Result<Arc<Membership>> {
    facts.membership(project, principal)
}

/// What `principal` is in `project`, from the narrower facts.
pub(super) fn found<F: Facts + ?Sized>(facts: &F, project: &Project, principal: &Principal) -> Result<Membership> {
    if project.owner == *principal {
        return Ok(Membership::Owner);
    }
    let is_of_tenant = project.owner.is_account() && principal.is_of_account_of(&project.owner);
    let of_tenant = if is_of_tenant { facts.tenant_roles(principal)? } else { Vec::new() };
    let rank = TenantRank::of(&of_tenant);
    // A removed user's roles and grants sleep (ACC-9): without membership they are not even asked for.
    if rank.is_none() && !is_added(facts, project, principal)? {
        return Ok(Membership::Outsider);
    }
    let added = if of_tenant.is_empty() { Vec::new() } else { facts.tenant_roles_in(project.id)? };
    let tenant_roles = of_tenant.into_iter().filter(|role| added.contains(role)).collect();
    Ok(Membership::Member(Held { roles: facts.roles(project.id, principal)?, rank, tenant_roles }))
}

/// Whether a principal was added to a project. A RAM user of an account that does not own the project counts only while that account is a
/// member (TNT-4).
fn is_added<F: Facts + ?Sized>(facts: &F, project: &Project, principal: &Principal) -> Result<bool> {
    if facts.member_since(project.id, principal)?.is_none() {
        return Ok(false);
    }
    let is_foreign = !principal.is_account() && !principal.is_of_account_of(&project.owner);
    Ok(!is_foreign || facts.member_since(project.id, &principal.account())?.is_some())
}

/// Whether `viewer` knows every resource of the tenant that a project belongs to (TRS-5).
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn heads_tenant(project: &ProjectRef, viewer: &Principal, facts: &dyn Facts) -> Result<bool> {
    Ok(match facts.project(project.id)? {
        Some(project) => membership(facts, &project, viewer)?.heads_tenant(),
        None => false,
    })
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
