//! What statements about a tenant take, and whose RAM users may be added to a project (TNT-2 to TNT-5).

use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::rule::Rule;
use super::stop::Judged;
use crate::error::Result;
use crate::model::{Principal, ProjectRef, TenantRank, TenantRight};

/// Who manages a tenant, of its own principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// The account itself.
    Account,
    /// A tenant user of this rank.
    User(TenantRank),
}

/// The caller must hold a right in the tenant of its own account, in a project of that tenant (TNT-2, TNT-5).
pub(super) fn judge_right(
    right: TenantRight,
    caller: &Principal,
    current: Option<&ProjectRef>,
    facts: &dyn Facts,
) -> Judged<Manager> {
    let tenant = caller.account();
    if let Some(current) = current
        && !owns(&tenant, current, facts)?
    {
        return Err(Denial::new(Rule::TenantProject, Reason::NotOfTenant(current.clone(), tenant)).into());
    }
    let manager = match caller.is_account() {
        true => Some(Manager::Account),
        false => TenantRank::of(&facts.tenant_roles(caller)?).filter(|rank| right.is_held_by(*rank)).map(Manager::User),
    };
    manager.ok_or_else(|| Denial::new(Rule::TenantManagers, Reason::NotTenantManager(right, tenant)).into())
}

/// A project that a tenant role is added to or removed from is the tenant's own (TNT-3). One that is not there is like one of another tenant.
pub(super) fn judge_project(project: &ProjectRef, caller: &Principal, facts: &dyn Facts) -> Judged {
    let tenant = caller.account();
    match owns(&tenant, project, facts)? {
        true => Ok(()),
        false => Err(Denial::new(Rule::TenantProject, Reason::NotOfTenant(project.clone(), tenant)).into()),
    }
}

fn owns(tenant: &Principal, project: &ProjectRef, facts: &dyn Facts) -> Result<bool> {
    Ok(facts.project(project.id)?.is_some_and(|project| project.owner == *tenant))
}

/// A RAM user or RAM role is added to a project that its account owns, or by its account or a RAM user of it, which is a member (TNT-4).
pub(super) fn judge_joining(user: &Principal, project: &ProjectRef, caller: &Principal, facts: &dyn Facts) -> Judged {
    let owner = facts.project(project.id)?.map(|project| project.owner.clone());
    if user.is_account() || caller.is_of_account_of(user) || owner.is_some_and(|owner| owner.is_of_account_of(user)) {
        return Ok(());
    }
    Err(Denial::new(Rule::JoiningUsers, Reason::UserOfOtherAccount(project.clone(), user.clone())).into())
}
