use std::sync::Arc;

use super::membership::{self, Membership};
use crate::error::Result;
use crate::model::{
    AccessKeyId, AccountId, Grant, Grantee, LabelGrant, Labels, Level, Object, ObjectKind, Place, PolicyHolder,
    Principal, Project, ProjectId, RoleKind, RoleName, Share, Source, TenantResource, Time,
};
use crate::policy::{CompiledPolicy, ProjectPolicies};

/// What a decision asks about the world: narrow questions, so that an answer costs the same in a world of any size.
///
/// # Errors
/// Each question fails only if the world cannot be read; then nothing is decided and nothing runs.
pub trait Facts {
    /// Whether this account, RAM user or RAM role exists; with a number, whether it is still the one of that number.
    fn account_exists(&self, principal: &Principal, number: Option<AccountId>) -> Result<bool>;

    /// Whether an AccessKey pair belongs to this account and can be used.
    fn is_key_enabled(&self, key: &AccessKeyId, account: AccountId) -> Result<bool>;

    /// Whether a project takes accounts of this provider: what `add user` asks.
    fn accepts_provider(&self, project: ProjectId, provider: &str) -> Result<bool>;

    /// The project of this number, with its security configuration and properties.
    fn project(&self, id: ProjectId) -> Result<Option<Arc<Project>>>;

    /// The compiled policies of this project, as [`Facts::project`] gives it.
    fn policies(&self, project: &Project) -> Result<Arc<ProjectPolicies>> {
        Ok(Arc::new(ProjectPolicies::of(project)))
    }

    /// The policy of the project, of one of its roles, or of a role of the tenant that owns it, added or not, compiled; `None` without one. A text
    /// that cannot be read is an error inside: it denies everything.
    fn policy(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<CompiledPolicy>>;

    /// The policy of a custom role of a tenant, compiled like others.
    fn tenant_policy(&self, tenant: &Principal, role: &RoleName) -> Result<Option<CompiledPolicy>>;

    /// Whether a tenant resource that is there is mounted to a project (TRS-1).
    fn is_mounted(&self, resource: &TenantResource, project: ProjectId) -> Result<bool>;

    /// The same as it was put: what advice changes.
    fn policy_text(&self, project: ProjectId, holder: &PolicyHolder) -> Result<Option<String>>;

    /// Since when this principal has been a member; owners count without being listed.
    fn member_since(&self, project: ProjectId, principal: &Principal) -> Result<Option<Time>>;

    /// The roles that this principal holds in the project.
    fn roles(&self, project: ProjectId, principal: &Principal) -> Result<Vec<RoleName>>;

    /// What this principal is in the project.
    fn membership(&self, project: &Project, principal: &Principal) -> Result<Arc<Membership>> {
        Ok(Arc::new(membership::found(self, project, principal)?))
    }

    /// The tenant roles that a RAM user or RAM role holds in the tenant of its account (TNT-2).
    fn tenant_roles(&self, principal: &Principal) -> Result<Vec<RoleName>>;

    /// The custom roles of its owner's tenant that were added to the project (TNT-3).
    fn tenant_roles_in(&self, project: ProjectId) -> Result<Vec<RoleName>>;

    /// The type of this role of the project; `None` where there is no role of that name.
    fn role_kind(&self, project: ProjectId, role: &RoleName) -> Result<Option<RoleKind>>;

    /// Who holds this role in the project.
    fn role_users(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>>;

    /// The schema that a place is, if it is there and not `default`.
    fn schema_object(&self, place: &Place) -> Result<Option<Object>>;

    /// What making and listing objects in a schema is asked on: the project for `default`, else the schema, which need not be there (SCH-2).
    fn container(&self, place: &Place) -> Result<Object> {
        let unknown = || Object::unknown(ObjectKind::Schema, place.project.clone(), place.schema.as_str());
        match place.schema.is_default() {
            true => Ok(unknown().of_project()),
            false => Ok(self.schema_object(place)?.unwrap_or_else(unknown)),
        }
    }

    /// The ACL entries on this object for these grantees: one grantee after the other, for each in the order in which they were given.
    fn grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>>;

    /// What the packages that are installed in project `installing`, and open to it, give on this object: in the order of installation.
    fn shares(&self, installing: ProjectId, object: &Object) -> Result<Vec<Share>>;

    /// The entries on an object inside an installed package for these grantees (PTH-3).
    fn inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<Grant>>;

    /// The highest level that one of these grantees has in the project (LAB-1).
    fn level(&self, project: ProjectId, grantees: &[Grantee]) -> Result<Level>;

    /// The labels of a table or view; none of anything else.
    fn labels(&self, object: &Object) -> Result<Arc<Labels>>;

    /// The label grants on an object for these grantees.
    fn label_grants(&self, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>>;

    /// The label grants on an object inside an installed package for these grantees (LAB-4).
    fn labels_inside(&self, package: &Object, object: &Object, grantees: &[Grantee]) -> Result<Vec<LabelGrant>>;

    /// Whether an object, or a column of it, had another name once: then a text may name it otherwise than it is called now.
    fn was_renamed(&self, object: &Object) -> Result<bool>;

    /// Since when `source` has trusted `destination`.
    fn trusted_since(&self, source: ProjectId, destination: ProjectId) -> Result<Option<Time>>;

    /// An address that this project admits; none if it admits every one, or none.
    fn admitted(&self, project: &Project) -> Result<Option<Source>> {
        Ok(self.policies(project)?.addresses.as_ref().ok().and_then(|list| list.example()))
    }
}
