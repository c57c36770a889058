//! Who can use a tenant resource in a project, or manage a role of it: everyone who could, decided one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::circumstances::{Case, Circumstances, When};
use super::reach::Reach;
use crate::error::Result;
use crate::model::{Principal, Project, ProjectRef, RoleName, TenantResource};
use crate::security::{Decision, NamedBy, Request, Requirement, Rights, Usage};

/// Somebody who can do what was asked for, and the decision that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Able {
    /// Who.
    pub principal: Principal,
    /// The only circumstances in which it can, where conditions of policies tell them apart.
    pub when: Option<When>,
    /// The request that was decided for it.
    pub request: Request,
    /// Why.
    pub decision: Decision,
}

impl Reach<'_> {
    /// Who can use a tenant resource in a project that is current, by principal.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn who_can_use(&self, resource: &TenantResource, project: &ProjectRef) -> Result<Vec<Able>> {
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        let people = self.members_and_managers(&known)?;
        let of_project = Circumstances::of(&[project.id], self.facts)?;
        let mut users = Vec::new();
        for principal in people {
            let mut circumstances = of_project.clone();
            // What tenant roles say counts without being added to the project (TNT-3).
            for role in self.facts.tenant_roles(&principal)? {
                let policy = self.facts.tenant_policy(&known.owner, &role)?;
                if let Some(Ok(policy)) = policy.as_deref() {
                    circumstances = circumstances.and(policy);
                }
            }
            let named_by = NamedBy::Rights(Rights::Invoker);
            let usage = Usage { resource: resource.clone(), project: project.clone(), named_by };
            users.extend(self.able_in(&circumstances, principal, &[Requirement::Usage(usage)], project)?);
        }
        Ok(users)
    }

    /// Who can do what takes all of these, in a project that is current, by principal: what is asked of management, which only a member has.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn who_can_manage(&self, requirements: &[Requirement], project: &ProjectRef) -> Result<Vec<Able>> {
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        let circumstances = Circumstances::of(&[project.id], self.facts)?;
        let people = self.members_and_managers(&known)?.into_iter();
        let able = people.map(|principal| self.able_in(&circumstances, principal, requirements, project));
        able.filter_map(Result::transpose).collect()
    }

    fn members_and_managers(&self, project: &Project) -> Result<BTreeSet<Principal>> {
        let mut people = BTreeSet::from([project.owner.clone()]);
        people.extend(self.facts.members_of(project.id)?);
        for rank in [RoleName::SUPER_ADMINISTRATOR, RoleName::ADMIN] {
            people.extend(self.facts.tenant_holders(project.id, &RoleName::new(rank))?);
        }
        Ok(people)
    }

    fn able_in(
        &self,
        circumstances: &Circumstances,
        principal: Principal,
        requirements: &[Requirement],
        project: &ProjectRef,
    ) -> Result<Option<Able>> {
        let (mut first, mut held) = (None, Vec::new());
        for case in circumstances.cases() {
            let request = request(case, &principal, requirements, project);
            let decision = self.decide(&request)?;
            if decision.is_allowed() {
                held.push(case.clone());
                first.get_or_insert((request, decision));
            }
        }
        let when = circumstances.when(held);
        Ok(first.map(|(request, decision)| Able { principal, when, request, decision }))
    }
}

fn request(case: &Case, principal: &Principal, requirements: &[Requirement], project: &ProjectRef) -> Request {
    Request {
        principal: principal.clone(),
        account: None,
        key: None,
        source: case.source(),
        current: Some(project.clone()),
        job: case.job,
        requirements: requirements.to_vec(),
        flows: Vec::new(),
        shows_rows: false,
        downloads: false,
        definitions: BTreeMap::new(),
        mentioned: std::sync::Arc::default(),
        parts: Vec::new(),
    }
}
