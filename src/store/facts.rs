use std::sync::Arc;

use super::transaction::Snapshot;
use crate::error::Result;
use crate::model::{
    AccessKeyId, AccountId, Grant, Grantee, LabelGrant, Labels, Level, Object, ObjectKind, Place, PolicyHolder,
    Principal, Project, ProjectId, RoleKind, RoleName, Share, TenantResource, Time,
};
use crate::policy::{CompiledPolicy, ProjectPolicies};
use crate::security::Facts;

impl Facts for Snapshot<'_> {
    fn account_exists(&self, principal: &Principal, number: Option<AccountId>) -> Result<bool> {
        Ok(self.account(principal)?.is_some_and(|account| number.is_none_or(|number| number == account.id)))
    }

    fn is_key_enabled(&self, key: &AccessKeyId, account: AccountId) -> Result<bool> {
        self.is_access_key_enabled(key, account)
    }

    fn accepts_provider(&self, project: ProjectId, provider: &str) -> Result<bool> {
        Ok(self.account_providers(project)?.iter().any(|known| known == provider))
    }

    fn project(&self, id: ProjectId) -> Result<Option<Arc<Project>>> {
        self.shared_project(id)
    }

    fn policies(&self, project: &Project) -> Result<Arc<ProjectPolicies>> {
        self.cache().policies(project.id, || Ok(Arc::new(ProjectPolicies::of(project))))
    }

    fn policy(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<CompiledPolicy>> {
        self.compiled_policy(project, holder)
    }

    fn tenant_policy(&self, tenant: &Principal, role: &RoleName) -> Result<Option<CompiledPolicy>> {
        self.compiled_tenant_policy(tenant, role)
    }

    fn is_mounted(&self, resource: &TenantResource, project: ProjectId) -> Result<bool> {
        self.is_resource_mounted(resource, project)
    }

    fn policy_text(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<String>> {
        self.policy_document(project, holder)
    }

    fn member_since(&self, project: ProjectId, principal: &Principal) -> Result<Option<Time>> {
        self.cache().member(project, principal, |key| {
            self.one(
                "select m.added from member m join account a on a.id = m.account where m.project = ?1 and a.key = ?2",
                (project, key),
                |row| Ok(Time(row.get(0)?)),
            )
        })
    }

    fn roles(&self, project: ProjectId, principal: &Principal) -> Result<Vec<RoleName>> {
        self.roles_of(project, principal)
    }

    fn tenant_roles(&self, principal: &Principal) -> Result<Vec<RoleName>> {
        self.tenant_roles_of(principal)
    }

    fn tenant_roles_in(&self, project: ProjectId) -> Result<Vec<RoleName>> {
        self.tenant_roles_added_to(project)
    }

    fn role_kind(&self, project: ProjectId, role: &RoleName) -> Result<Option<RoleKind>> {
        Ok(self.role(project, role)?.map(|role| role.kind))
    }

    fn role_users(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>> {
        self.users_of_role(project, role)
    }

    fn schema_object(&self, place: &Place) -> Result<Option<Object>> {
        if place.schema.is_default() {
            return Ok(None);
        }
        Ok(self.schema(place)?.map(|schema| schema.object()))
    }

    fn grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let mut grants = Vec::new();
        for grantee in grantees {
            grants.extend(self.entries(object, None, grantee)?);
        }
        Ok(grants)
    }

    fn shares(&self, installing: ProjectId, object: &Object) -> Result<Vec<Share>> {
        self.shares_of(installing, object)
    }

    fn inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>> {
        let mut grants = Vec::new();
        for grantee in grantees {
            grants.extend(self.entries(object, Some(package), grantee)?);
        }
        Ok(grants)
    }

    fn level(&self, project: ProjectId, grantees: &[Grantee]) -> Result<Level> {
        let mut highest = Level::LOWEST;
        for grantee in grantees {
            highest = highest.max(self.level_of(project, grantee)?);
        }
        Ok(highest)
    }

    fn labels(&self, object: &Object) -> Result<Arc<Labels>> {
        object.id.known().map_or_else(|| Ok(Arc::default()), |id| self.labels_of(id))
    }

    fn label_grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        let mut grants = Vec::new();
        for grantee in grantees {
            grants.extend(self.label_grants_of(object, None, grantee)?);
        }
        Ok(grants)
    }

    fn labels_inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>> {
        let mut grants = Vec::new();
        for grantee in grantees {
            grants.extend(self.label_grants_of(object, Some(package), grantee)?);
        }
        Ok(grants)
    }

    fn was_renamed(&self, object: &Object) -> Result<bool> {
        match object.kind {
            ObjectKind::Table | ObjectKind::View => match object.id.known() {
                Some(id) => Ok(self.is_renamed(id)? || self.has_renamed_columns(id)?),
                None => Ok(false),
            },
            ObjectKind::Project
            | ObjectKind::Resource
            | ObjectKind::Function
            | ObjectKind::Instance
            | ObjectKind::Package
            | ObjectKind::Schema => Ok(false),
        }
    }

    fn trusted_since(&self, source: ProjectId, destination: ProjectId) -> Result<Option<Time>> {
        self.one(
            "select added from trusted_project where project = ?1 and trusted = ?2",
            (source, destination),
            |row| Ok(Time(row.get(0)?)),
        )
    }
}
