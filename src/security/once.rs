use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::entry;
use super::facts::Facts;
use super::membership::{self, Membership};
use crate::error::Result;
use crate::model::{
    AccessKeyId, AccountId, Grant, Grantee, LabelGrant, Labels, Level, Object, Place, PolicyHolder, Principal, Project,
    ProjectId, RoleKind, RoleName, Share, TenantResource, Time,
};
use crate::policy::{CompiledPolicy, ProjectPolicies};

/// The facts of one decision. Each membership and role is read once, however many rules need it.
///
/// Facts do not change during a decision, so an answer stays valid until its end. A decision reads few projects and principals:
/// lists are enough.
pub(super) struct Once<'f> {
    facts: &'f dyn Facts,
    projects: RefCell<Vec<(ProjectId, Option<Arc<Project>>)>>,
    policies: RefCell<Vec<(ProjectId, Arc<ProjectPolicies>)>>,
    held: RefCell<Vec<(ProjectId, PolicyHolder, Option<CompiledPolicy>)>>,
    memberships: RefCell<Vec<(ProjectId, Principal, Arc<Membership>)>>,
    tenant_roles: RefCell<Vec<(Principal, Vec<RoleName>)>>,
    now: Time,
    first_change: Cell<Option<Time>>,
}

impl<'f> Once<'f> {
    pub fn new(facts: &'f dyn Facts, now: Time) -> Self {
        Self {
            facts,
            projects: RefCell::default(),
            policies: RefCell::default(),
            held: RefCell::default(),
            memberships: RefCell::default(),
            tenant_roles: RefCell::default(),
            now,
            first_change: Cell::default(),
        }
    }

    /// The first moment at which time alone changes what was asked for: an entry expires, a condition of a policy turns.
    pub fn first_change(&self) -> Option<Time> {
        self.first_change.get()
    }

    fn note_changes(&self, moments: impl Iterator<Item = Time>) {
        self.first_change.set(moments.filter(|moment| *moment > self.now).chain(self.first_change.get()).min());
    }

    fn note_expiry(&self, grants: &[Grant]) {
        self.note_changes(grants.iter().filter_map(|grant| grant.expires));
        let readable = grants.iter().filter_map(entry::conditions).filter_map(Result::ok);
        self.note_changes(readable.flat_map(|conditions| conditions.turns().collect::<Vec<_>>()));
    }

    fn note_label_expiry(&self, grants: &[LabelGrant]) {
        self.note_changes(grants.iter().filter_map(|grant| grant.expires));
    }
}

impl Facts for Once<'_> {
    fn account_exists(&self, principal: &Principal, number: Option<AccountId>) -> Result<bool> {
        self.facts.account_exists(principal, number)
    }

    fn is_key_enabled(&self, key: &AccessKeyId, account: AccountId) -> Result<bool> {
        self.facts.is_key_enabled(key, account)
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

    fn policy(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<CompiledPolicy>> {
        if let Some((.., known)) = self.held.borrow().iter().find(|(of, who, _)| *of == project && who == holder) {
            return Ok(known.clone());
        }
        let policy = self.facts.policy(project, holder)?;
        let readable = policy.as_deref().and_then(|policy| policy.as_ref().ok());
        self.note_changes(readable.and_then(|policy| policy.turns_after(self.now)).into_iter());
        self.held.borrow_mut().push((project, holder.clone(), policy.clone()));
        Ok(policy)
    }

    fn tenant_policy(&self, tenant: &Principal, role: &RoleName) -> Result<Option<CompiledPolicy>> {
        let policy = self.facts.tenant_policy(tenant, role)?;
        let readable = policy.as_deref().and_then(|policy| policy.as_ref().ok());
        self.note_changes(readable.and_then(|policy| policy.turns_after(self.now)).into_iter());
        Ok(policy)
    }

    fn is_mounted(&self, resource: &TenantResource, project: ProjectId) -> Result<bool> {
        self.facts.is_mounted(resource, project)
    }

    fn policy_text(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<String>> {
        self.facts.policy_text(project, holder)
    }

    fn member_since(&self, project: ProjectId, principal: &Principal) -> Result<Option<Time>> {
        self.facts.member_since(project, principal)
    }

    fn roles(&self, project: ProjectId, principal: &Principal) -> Result<Vec<RoleName>> {
        self.facts.roles(project, principal)
    }

    fn membership(&self, project: &Project, principal: &Principal) -> Result<Arc<Membership>> {
        let is_asked = |(of, who, _): &&(ProjectId, Principal, Arc<Membership>)| *of == project.id && who == principal;
        if let Some((.., known)) = self.memberships.borrow().iter().find(is_asked) {
            return Ok(Arc::clone(known));
        }
        let membership = Arc::new(membership::found(self, project, principal)?);
        self.memberships.borrow_mut().push((project.id, principal.clone(), Arc::clone(&membership)));
        Ok(membership)
    }

    fn tenant_roles(&self, principal: &Principal) -> Result<Vec<RoleName>> {
        if let Some((_, known)) = self.tenant_roles.borrow().iter().find(|(who, _)| who == principal) {
            return Ok(known.clone());
        }
        let roles = self.facts.tenant_roles(principal)?;
        self.tenant_roles.borrow_mut().push((principal.clone(), roles.clone()));
        Ok(roles)
    }

    fn tenant_roles_in(&self, project: ProjectId) -> Result<Vec<RoleName>> {
        self.facts.tenant_roles_in(project)
    }

    fn role_kind(&self, project: ProjectId, role: &RoleName) -> Result<Option<RoleKind>> {
        self.facts.role_kind(project, role)
    }

    fn role_users(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>> {
        self.facts.role_users(project, role)
    }

    fn schema_object(&self, place: &Place) -> Result<Option<Object>> {
        self.facts.schema_object(place)
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

    fn level(&self, project: ProjectId, grantees: &[Grantee]) -> Result<Level> {
        self.facts.level(project, grantees)
    }

    fn labels(&self, object: &Object) -> Result<Arc<Labels>> {
        self.facts.labels(object)
    }

    fn label_grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        let grants = self.facts.label_grants(object, grantees)?;
        self.note_label_expiry(&grants);
        Ok(grants)
    }

    fn labels_inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        let grants = self.facts.labels_inside(package, object, grantees)?;
        self.note_label_expiry(&grants);
        Ok(grants)
    }

    fn was_renamed(&self, object: &Object) -> Result<bool> {
        self.facts.was_renamed(object)
    }

    fn trusted_since(&self, source: ProjectId, destination: ProjectId) -> Result<Option<Time>> {
        self.facts.trusted_since(source, destination)
    }
}
