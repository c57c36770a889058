use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::facts::Facts;
use crate::error::Result;
use crate::model::{
    AccessKeyId, AccountId, Grant, Grantee, Identity, LabelGrant, Labels, Level, Object, ObjectKind, Place,
    PolicyHolder, Principal, Project, ProjectId, RoleKind, RoleName, SchemaName, Share, TenantResource, Time,
};
use crate::policy::CompiledPolicy;

/// A world in memory: for tests, and for analyses that change it without touching the real one.
#[derive(Debug, Clone, Default)]
pub struct MemoryFacts {
    /// Who exists.
    pub accounts: BTreeSet<Principal>,
    /// The projects by number.
    pub projects: BTreeMap<ProjectId, Arc<Project>>,
    /// Account providers that a project does not take.
    pub refused_providers: BTreeSet<(ProjectId, String)>,
    /// Members by project and principal.
    pub members: BTreeMap<(ProjectId, Principal), Time>,
    /// Who holds which role, by project and role; kept while a user is removed.
    pub roles: BTreeMap<(ProjectId, RoleName), Vec<Principal>>,
    /// The roles of administrator type, besides the built-in ones; their holders are in `roles`.
    pub administrator_roles: BTreeSet<(ProjectId, RoleName)>,
    /// Schemas other than `default`.
    pub schemas: BTreeMap<(ProjectId, SchemaName), Object>,
    /// Who holds which tenant role, by the account that the tenant is and the role.
    pub tenant_roles: BTreeMap<(Principal, RoleName), Vec<Principal>>,
    /// The tenant roles that were added to a project, by name.
    pub tenant_roles_in: BTreeMap<ProjectId, BTreeSet<RoleName>>,
    /// ACL entries by object.
    pub grants: BTreeMap<ObjectKey, Vec<Grant>>,
    /// Trusted projects by source and destination.
    pub trusted: BTreeMap<(ProjectId, ProjectId), Time>,
    /// Policies by project and holder, as text and compiled.
    pub policies: BTreeMap<(ProjectId, PolicyHolder), (String, CompiledPolicy)>,
    /// Where tenant resources are mounted, by their numbers.
    pub mounts: BTreeSet<(i64, ProjectId)>,
    /// What packages give on an object: by the project that they are installed in and the object, in the order of installation.
    pub shares: BTreeMap<(ProjectId, ObjectKey), Vec<Share>>,
    /// Entries inside an installed package, by the package and the object.
    pub inside: BTreeMap<(Identity, ObjectKey), Vec<Grant>>,
    /// The levels of members and roles, by project.
    pub levels: BTreeMap<(ProjectId, Grantee), Level>,
    /// Labels by object.
    pub labels: BTreeMap<ObjectKey, Arc<Labels>>,
    /// Label grants by object.
    pub label_grants: BTreeMap<ObjectKey, Vec<LabelGrant>>,
    /// Label grants inside an installed package, by the package and the object.
    pub labels_inside: BTreeMap<(Identity, ObjectKey), Vec<LabelGrant>>,
}

/// What entries on an object are found by: views count as tables.
pub type ObjectKey = (ObjectKind, Identity);

impl MemoryFacts {
    /// The key of an object's ACL entries.
    pub fn object_key(object: &Object) -> ObjectKey {
        (object.kind.grants_as(), object.id)
    }
}

/// The entries for these grantees, one grantee after the other, each spelled as it is asked for.
fn of_each(entries: Option<&Vec<Grant>>, grantees: &[Grantee]) -> Vec<Grant> {
    let entries = entries.map_or(&[][..], Vec::as_slice);
    let of = |grantee: &Grantee| -> Vec<Grant> {
        let held = entries.iter().filter(|grant| grant.grantee == *grantee);
        held.map(|grant| Grant { grantee: grantee.clone(), ..grant.clone() }).collect()
    };
    grantees.iter().flat_map(of).collect()
}

/// The label grants for these grantees.
fn labels_of_each(grants: Option<&Vec<LabelGrant>>, grantees: &[Grantee]) -> Vec<LabelGrant> {
    grants.into_iter().flatten().filter(|grant| grantees.contains(&grant.grantee)).cloned().collect()
}

impl Facts for MemoryFacts {
    fn account_exists(&self, principal: &Principal, number: Option<AccountId>) -> Result<bool> {
        // Accounts have no numbers here.
        Ok(number.is_none() && self.accounts.contains(principal))
    }

    fn is_key_enabled(&self, _: &AccessKeyId, _: AccountId) -> Result<bool> {
        // Nobody signs in here.
        Ok(false)
    }

    fn accepts_provider(&self, project: ProjectId, provider: &str) -> Result<bool> {
        Ok(!self.refused_providers.contains(&(project, provider.to_owned())))
    }

    fn project(&self, id: ProjectId) -> Result<Option<Arc<Project>>> {
        Ok(self.projects.get(&id).cloned())
    }

    fn policy(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<CompiledPolicy>> {
        Ok(self.policies.get(&(project, holder.clone())).map(|(_, policy)| Arc::clone(policy)))
    }

    fn tenant_policy(&self, tenant: &Principal, role: &RoleName) -> Result<Option<CompiledPolicy>> {
        // It is kept with each project of the tenant.
        let holder = PolicyHolder::TenantRole(role.clone());
        let own = self.projects.iter().filter(|(_, project)| project.owner == *tenant);
        let mut found = own.filter_map(|(id, _)| self.policies.get(&(*id, holder.clone())));
        Ok(found.next().map(|(_, policy)| Arc::clone(policy)))
    }

    fn is_mounted(&self, resource: &TenantResource, project: ProjectId) -> Result<bool> {
        Ok(resource.id.is_some_and(|id| self.mounts.contains(&(id, project))))
    }

    fn policy_text(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<String>> {
        Ok(self.policies.get(&(project, holder.clone())).map(|(text, _)| text.clone()))
    }

    fn member_since(&self, project: ProjectId, principal: &Principal) -> Result<Option<Time>> {
        Ok(self.members.get(&(project, principal.clone())).copied())
    }

    fn roles(&self, project: ProjectId, principal: &Principal) -> Result<Vec<RoleName>> {
        let held = self.roles.iter().filter(|((at, _), users)| *at == project && users.contains(principal));
        Ok(held.map(|((_, role), _)| role.clone()).collect())
    }

    fn tenant_roles(&self, principal: &Principal) -> Result<Vec<RoleName>> {
        let tenant = principal.account();
        let held = self.tenant_roles.iter().filter(|((of, _), users)| *of == tenant && users.contains(principal));
        Ok(held.map(|((_, role), _)| role.clone()).collect())
    }

    fn tenant_roles_in(&self, project: ProjectId) -> Result<Vec<RoleName>> {
        Ok(self.tenant_roles_in.get(&project).into_iter().flatten().cloned().collect())
    }

    fn role_kind(&self, project: ProjectId, role: &RoleName) -> Result<Option<RoleKind>> {
        let key = (project, role.clone());
        let is_administrator = role.is_built_in() || self.administrator_roles.contains(&key);
        let kind = if is_administrator { RoleKind::Admin } else { RoleKind::Resource };
        Ok((role.is_built_in() || self.roles.contains_key(&key)).then_some(kind))
    }

    fn role_users(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>> {
        Ok(self.roles.get(&(project, role.clone())).cloned().unwrap_or_default())
    }

    fn schema_object(&self, place: &Place) -> Result<Option<Object>> {
        Ok(self.schemas.get(&(place.project.id, place.schema.clone())).cloned())
    }

    fn grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        Ok(of_each(self.grants.get(&Self::object_key(object)), grantees))
    }

    fn shares(&self, installing: ProjectId, object: &Object) -> Result<Vec<Share>> {
        Ok(self.shares.get(&(installing, Self::object_key(object))).cloned().unwrap_or_default())
    }

    fn inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        Ok(of_each(self.inside.get(&(package.id, Self::object_key(object))), grantees))
    }

    fn level(&self, project: ProjectId, grantees: &[Grantee]) -> Result<Level> {
        let level = |grantee: &Grantee| self.levels.get(&(project, grantee.clone())).copied();
        Ok(grantees.iter().filter_map(level).max().unwrap_or_default())
    }

    fn labels(&self, object: &Object) -> Result<Arc<Labels>> {
        Ok(self.labels.get(&Self::object_key(object)).cloned().unwrap_or_default())
    }

    fn label_grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        Ok(labels_of_each(self.label_grants.get(&Self::object_key(object)), grantees))
    }

    fn labels_inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        Ok(labels_of_each(self.labels_inside.get(&(package.id, Self::object_key(object))), grantees))
    }

    fn was_renamed(&self, _: &Object) -> Result<bool> {
        // Nothing is ever renamed here.
        Ok(false)
    }

    fn trusted_since(&self, source: ProjectId, destination: ProjectId) -> Result<Option<Time>> {
        Ok(self.trusted.get(&(source, destination)).copied())
    }
}
