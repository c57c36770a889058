use super::facts::Facts;
use crate::error::Result;
use crate::model::{Grantee, Object, Principal, ProjectId, ProjectRef, RoleName};

/// Reverse lookups of facts: from an object to the principals that facts name, and from a principal to objects.
///
/// # Errors
/// Each question fails only if the world cannot be read.
pub trait Reverse: Facts {
    /// Who any entry on an object names; inside the installed package of this number, or outside of any (0).
    fn grantees_on(&self, object: &Object, inside: Option<&Object>) -> Result<Vec<Grantee>>;

    /// The members of a project, without its owner.
    fn members_of(&self, project: ProjectId) -> Result<Vec<Principal>>;

    /// The roles of a project that have a policy.
    fn roles_with_policies(&self, project: ProjectId) -> Result<Vec<RoleName>>;

    /// Who holds this role of the tenant that owns a project (TNT-2).
    fn tenant_holders(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>>;

    /// The installed packages that list an object and can be used.
    fn installations_listing(&self, object: &Object) -> Result<Vec<Object>>;

    /// The projects that a principal owns or is a member of, by name.
    fn projects_of_principal(&self, principal: &Principal) -> Result<Vec<ProjectRef>>;

    /// Every object of a project: tables, views, resources, functions, instances.
    fn objects_in(&self, project: &ProjectRef) -> Result<Vec<Object>>;

    /// Objects that an entry in this project names for one of these grantees, and those that the principal owns in it.
    fn objects_named(&self, project: &ProjectRef, principal: &Principal, grantees: &[Grantee]) -> Result<Vec<Object>>;

    /// The names of the projects that a project trusts.
    fn trusted_by(&self, project: ProjectId) -> Result<Vec<String>>;

    /// What the usable packages of a project list.
    fn objects_shared(&self, installing: &ProjectRef) -> Result<Vec<Object>>;
}
