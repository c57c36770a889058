//! What lets a tenant resource be used (TRS-2, TRS-3).

use std::sync::Arc;

use super::Maker;
use super::undeny::Denied;
use crate::analysis::remedy::Remedy;
use crate::error::Result;
use crate::model::{Action, PolicyHolder, Principal, ProjectRef, TenantResource};
use crate::policy::{self, AccessPolicy, Profile};
use crate::security::{Change, Facts, NamedBy, PolicyStatement, Usage};

impl Maker<'_> {
    /// The policy without what denies the use of a tenant resource to this principal.
    pub(super) fn undeny_usage(
        &self,
        usage: &Usage,
        statement: &PolicyStatement,
        caller: &Principal,
    ) -> Result<Vec<Remedy>> {
        let NamedBy::Rights(rights) = &usage.named_by else { return Ok(Vec::new()) };
        let Some(who) = rights.subject(caller) else { return Ok(Vec::new()) };
        let denied = Denied {
            project: &usage.project,
            who,
            action: Action::Usage,
            closed_by: vec![Action::Usage],
            uris: Some(&usage.resource.uris()),
        };
        self.without(&denied, statement)
    }

    /// What lets a tenant resource be used: mounting it first; then a statement in the policy of a role that the subject holds, the one with the
    /// fewest holders (TRS-3).
    pub(super) fn usage(&self, usage: &Usage, caller: &Principal) -> Result<Vec<Remedy>> {
        let Usage { resource, project, named_by } = usage;
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        if resource.id.is_none() || resource.tenant != known.owner || !known.security.tenant_resource_access_control {
            return Ok(Vec::new());
        }
        for needed in std::iter::once(resource).chain(resource.connection.as_deref()) {
            if !self.facts.is_mounted(needed, project.id)? {
                let opens = format!(
                    "{needed} in project {}, to its owner, to Super_Administrators, and to whom a policy allows it",
                    project.name
                );
                let step = self.step(Change::Mount(needed.clone(), project.clone()), opens)?;
                return Ok(vec![Remedy { is_inside: true, ..step }]);
            }
        }
        let NamedBy::Rights(rights) = named_by else { return Ok(Vec::new()) };
        let Some(who) = rights.subject(caller) else { return Ok(Vec::new()) };
        if !known.security.check_permission_using_policy {
            return Ok(Vec::new());
        }
        self.allow_usage(resource, project, who)
    }

    fn allow_usage(&self, resource: &TenantResource, project: &ProjectRef, who: &Principal) -> Result<Vec<Remedy>> {
        let mut roles = Vec::new();
        for role in self.facts.roles(project.id, who)?.into_iter().filter(|role| !role.is_built_in()) {
            let holders = self.facts.role_users(project.id, &role)?.len();
            roles.push((holders, role));
        }
        roles.sort_by_key(|(holders, _)| *holders);
        let statement = policy::NewStatement {
            effect: policy::Effect::Allow,
            principals: Vec::new(),
            actions: vec!["odps:Usage".to_owned()],
            resource: format!("acs:odps:*:{}", resource.path()),
            conditions: None,
        };
        for (_, role) in roles {
            let holder = PolicyHolder::Role(role.clone());
            let old = self.facts.policy_text(project.id, &holder)?;
            let Some(new) = policy::with_statement(old.as_deref(), &statement) else { continue };
            // A role of administrator type cannot hold it.
            let Ok(compiled) = AccessPolicy::parse(&new, Profile::ResourceRole, project.name.as_str()) else {
                continue;
            };
            let opens = format!("Usage of {resource} to all holders of role {role}");
            let change = Change::Policy(project.clone(), holder, new, Arc::new(Ok(compiled)));
            return Ok(vec![self.step(change, opens)?]);
        }
        Ok(Vec::new())
    }
}
