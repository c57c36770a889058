//! A policy without exactly what denies something.

use std::sync::Arc;

use super::Maker;
use crate::analysis::remedy::Remedy;
use crate::error::Result;
use crate::model::{Action, PolicyHolder, Principal, ProjectRef, RoleKind};
use crate::policy::{AccessPolicy, Profile, Scope, without_denial};
use crate::security::{Access, Change, Facts, PolicyStatement};

/// What a policy denies to somebody.
pub(super) struct Denied<'a> {
    pub project: &'a ProjectRef,
    pub who: &'a Principal,
    pub action: Action,
    /// The actions of which a Deny closes it.
    pub closed_by: Vec<Action>,
    /// The forms of its URI; none of a pattern.
    pub uris: Option<&'a [String]>,
}

impl Maker<'_> {
    /// The policy without what denies this to this principal, and nothing else.
    pub(super) fn undeny(
        &self,
        access: &Access,
        statement: &PolicyStatement,
        caller: &Principal,
    ) -> Result<Vec<Remedy>> {
        let Some(who) = access.subject(caller) else { return Ok(Vec::new()) };
        let uris = access.uris();
        let denied = Denied {
            project: &access.object.project,
            who,
            action: access.action,
            closed_by: access.denied_with().collect(),
            uris: (!access.is_by_pattern()).then_some(uris.as_slice()),
        };
        self.without(&denied, statement)
    }

    pub(super) fn without(&self, denied: &Denied<'_>, statement: &PolicyStatement) -> Result<Vec<Remedy>> {
        let Denied { project, who, action, closed_by, uris } = denied;
        let Some(number) = statement.number else { return Ok(Vec::new()) };
        let Some(old) = self.facts.policy_text(project.id, &statement.holder)? else { return Ok(Vec::new()) };
        let (profile, named) = match &statement.holder {
            PolicyHolder::Project => (Profile::Project, Some(*who)),
            PolicyHolder::Role(role) => match self.facts.role_kind(project.id, role)? {
                Some(RoleKind::Admin) => (Profile::AdministratorRole, None),
                Some(RoleKind::Resource) | None => (Profile::ResourceRole, None),
            },
            PolicyHolder::TenantRole(_) => (Profile::TenantRole, None),
        };
        let scope = match &statement.holder {
            PolicyHolder::Project | PolicyHolder::Role(_) => Scope::Project(&project.name),
            PolicyHolder::TenantRole(_) => Scope::AnyProject,
        };
        let lifted = |action: &Action| without_denial((&old, scope), number, named, *action, *uris);
        let Some(new) = closed_by.iter().find_map(lifted) else { return Ok(Vec::new()) };
        let compiled = Arc::new(AccessPolicy::parse(&new, profile, scope));
        let (receivers, matched) = match &statement.holder {
            PolicyHolder::Project => {
                (format!("{who}, and where the statement has `*`, to everyone"), " and on all that it matches")
            }
            PolicyHolder::Role(role) => {
                (format!("all holders of role {role}"), ", on all that the statement's pattern matches")
            }
            PolicyHolder::TenantRole(role) => (
                format!("all holders of tenant role {role}"),
                ", on all that the statement's pattern matches, in every project that the role was added to",
            ),
        };
        let extent = if uris.is_some() { matched } else { ", on all that the statement names" };
        let opens = format!("{action} to {receivers}{extent}, as far as something allows it");
        let change = Change::Policy((*project).clone(), statement.holder.clone(), new, compiled);
        Ok(vec![self.step(change, opens)?])
    }
}
