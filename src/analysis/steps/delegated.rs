//! The smallest right to manage: a statement in the policy of a role of administrator type (ADM-1).

use std::sync::Arc;

use super::Maker;
use crate::analysis::remedy::Remedy;
use crate::error::Result;
use crate::model::{Action, PolicyHolder, Principal, ProjectRef, RoleKind, RoleName};
use crate::policy::{AccessPolicy, NewStatement, Profile, Scope, delegating, with_statement};
use crate::security::{Access, Change, Facts};

/// What such a policy says of one access, from the access alone: it tells nothing of the roles that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::analysis) struct Delegated {
    pub project: ProjectRef,
    /// The policy with this statement alone.
    pub statement: String,
    /// What it opens, in words.
    pub opens: String,
}

impl Delegated {
    /// Nothing for what is never delegated (ADM-2).
    pub fn of(access: &Access) -> Option<Self> {
        if is_to_oneself(access) {
            return None;
        }
        let uri = access.uris().into_iter().next()?;
        let statement = delegating(access.action, &uri).filter(|_| access.action.is_management())?;
        Some(Self {
            project: access.object.project.clone(),
            statement: with_statement(None, &statement)?,
            opens: opens(&statement),
        })
    }
}

fn opens(statement: &NewStatement) -> String {
    format!("{} on {} to its holder", statement.actions.join(" and "), statement.resource)
}

/// Nobody gives itself a role of administrator type by such a policy (ADM-2).
fn is_to_oneself(access: &Access) -> bool {
    access.action == Action::GrantAdministratorRole && access.managed.is_to_caller
}

impl Maker<'_> {
    /// A policy that allows this management and nothing else besides what its holder has already: of the role of administrator type that only
    /// `who` holds, or else of a new one. None for what is never delegated (ADM-2), or where policies do not count.
    pub(super) fn delegate(&self, access: &Access, who: &Principal) -> Result<Vec<Remedy>> {
        let project = &access.object.project;
        let counts = self.facts.project(project.id)?.is_some_and(|known| known.security.check_permission_using_policy);
        if !counts || is_to_oneself(access) {
            return Ok(Vec::new());
        }
        let Some(uri) = access.uris_allowed().into_iter().next() else { return Ok(Vec::new()) };
        let Some(statement) = delegating(access.action, &uri) else { return Ok(Vec::new()) };
        let held = self.held_alone(project, who)?;
        let role = match &held {
            Some(role) => role.clone(),
            None => self.free_name(project)?,
        };
        let holder = PolicyHolder::Role(role.clone());
        let old = if held.is_some() { self.facts.policy_text(project.id, &holder)? } else { None };
        let Some(text) = with_statement(old.as_deref(), &statement) else { return Ok(Vec::new()) };
        let policy = AccessPolicy::parse_new(&text, Profile::AdministratorRole, Scope::Project(&project.name));
        if policy.is_err() {
            return Ok(Vec::new());
        }
        let change = Change::Policy(project.clone(), holder, text, Arc::new(policy));
        let policy = self.step(change, opens(&statement))?;
        if held.is_some() {
            return Ok(vec![policy]);
        }
        let made = self.step(Change::NewRole(project.clone(), role.clone()), "nothing by itself")?;
        let given =
            self.step(Change::Role(project.clone(), role, who.clone()), "what the policy of the role allows")?;
        Ok(vec![made, policy, given])
    }

    /// A role of administrator type that nobody else holds: what its policy allows is for `who` alone.
    fn held_alone(&self, project: &ProjectRef, who: &Principal) -> Result<Option<RoleName>> {
        for role in self.facts.roles(project.id, who)? {
            let is_administrator = self.facts.role_kind(project.id, &role)? == Some(RoleKind::Admin);
            if is_administrator && !role.is_built_in() && self.facts.role_users(project.id, &role)? == [who.clone()] {
                return Ok(Some(role));
            }
        }
        Ok(None)
    }

    /// A name that no role of the project has, nor one of the tenant that was added to it.
    fn free_name(&self, project: &ProjectRef) -> Result<RoleName> {
        let of_tenant = self.facts.tenant_roles_in(project.id)?;
        let mut number = 1_usize;
        loop {
            let name = RoleName::new(&if number == 1 { "manager".to_owned() } else { format!("manager{number}") });
            if !of_tenant.contains(&name) && self.facts.role_kind(project.id, &name)?.is_none() {
                return Ok(name);
            }
            number += 1;
        }
    }
}
