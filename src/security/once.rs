use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::facts::Facts;
use crate::error::Result;
use crate::model::{AccountId, Grant, Grantee, Object, Principal, Project, ProjectId, RoleName, Share, Time};
use crate::policy::ProjectPolicies;

/// The facts of one decision. Each membership and role is read once, however many rules need it.
///
/// Facts do not change during a decision, so an answer stays valid until its end. A decision reads few projects and principals:
/// lists are enough.
pub(super) struct Once<'f> {
    facts: &'f dyn Facts,
    projects: RefCell<Vec<(ProjectId, Option<Arc<Project>>)>>,
    policies: RefCell<Vec<(ProjectId, Arc<ProjectPolicies>)>>,
    members: RefCell<Vec<(ProjectId, Principal, Option<Time>)>>,
    roles: RefCell<Vec<(ProjectId, Principal, Vec<RoleName>)>>,
    now: Time,
    first_expiry: Cell<Option<Time>>,
}

impl<'f> Once<'f> {
    pub fn new(facts: &'f dyn Facts, now: Time) -> Self {
        Self {
            facts,
            projects: RefCell::default(),
            policies: RefCell::default(),
            members: RefCell::default(),
            roles: RefCell::default(),
            now,
            first_expiry: Cell::default(),
        }
    }

    /// When the first of the entries that were asked for expires that have not yet.
    pub fn first_expiry(&self) -> Option<Time> {
        self.first_expiry.get()
    }

    fn note_expiry(&self, grants: &[Grant]) {
        let expiries = grants.iter().filter_map(|grant| grant.expires).filter(|end| *end > self.now);
        self.first_expiry.set(expiries.chain(self.first_expiry.get()).min());
    }
}

impl Facts for Once<'_> {
    fn account_exists(&self, principal: &Principal, number: Option<AccountId>) -> Result<bool> {
        self.facts.account_exists(principal, number)
    }

    fn accepts_provider(&self, project: ProjectId, provider: &str) -> Result<bool> {
        self.facts.accepts_provider(project, provider)
    }

    fn project(&self, id: ProjectId) -> Result<Option<Arc<Project>>> {
        if let Some((_, known)) = self.projects.borrow().iter().find(|(of, _)| *of == id) {
            return Ok(known.clone());
        }
        let project = self.facts.project(id)?;
        self.projects.borrow_mut().push((id, project.clone()));
        Ok(project)
    }

    fn policies(&self, project: &Project) -> Result<Arc<ProjectPolicies>> {
        if let Some((_, known)) = self.policies.borrow().iter().find(|(of, _)| *of == project.id) {
            return Ok(Arc::clone(known));
        }
        let policies = self.facts.policies(project)?;
        self.policies.borrow_mut().push((project.id, Arc::clone(&policies)));
        Ok(policies)
    }

    fn member_since(&self, project: ProjectId, principal: &Principal) -> Result<Option<Time>> {
        if let Some((.., known)) = self.members.borrow().iter().find(|(of, who, _)| *of == project && who == principal)
        {
            return Ok(*known);
        }
        let since = self.facts.member_since(project, principal)?;
        self.members.borrow_mut().push((project, principal.clone(), since));
        Ok(since)
    }

    fn roles(&self, project: ProjectId, principal: &Principal) -> Result<Vec<RoleName>> {
        if let Some((.., known)) = self.roles.borrow().iter().find(|(of, who, _)| *of == project && who == principal) {
            return Ok(known.clone());
        }
        let roles = self.facts.roles(project, principal)?;
        self.roles.borrow_mut().push((project, principal.clone(), roles.clone()));
        Ok(roles)
    }

    fn role_users(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>> {
        self.facts.role_users(project, role)
    }

    fn grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let grants = self.facts.grants(object, grantees)?;
        self.note_expiry(&grants);
        Ok(grants)
    }

    fn shares(&self, installing: ProjectId, object: &Object) -> Result<Vec<Share>> {
        self.facts.shares(installing, object)
    }

    fn inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let grants = self.facts.inside(package, object, grantees)?;
        self.note_expiry(&grants);
        Ok(grants)
    }

    fn was_renamed(&self, object: &Object) -> Result<bool> {
        self.facts.was_renamed(object)
    }

    fn trusted_since(&self, source: ProjectId, destination: ProjectId) -> Result<Option<Time>> {
        self.facts.trusted_since(source, destination)
    }
}
