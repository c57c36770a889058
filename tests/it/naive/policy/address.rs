//! POL-6: the documented URIs of what an access is about (reference 2.1, 2.2).

use odpsh::model::{Action, Object, ObjectKind};
use odpsh::security::Access;

use super::is_management;
use crate::it::naive::access::IN_SCHEMA;

/// Every documented form, without `acs:odps:*:`, by which a statement denies or allows it: a role has the URI of its type, which a Deny need not
/// know (ADM-1).
pub fn addresses(access: &Access, denies: bool) -> Vec<String> {
    let Access { action, object, managed, .. } = access;
    let project = format!("projects/{}", object.project.name);
    if !is_management(*action) || matches!(action, Action::ChangeOwner | Action::Undrop) {
        let mut all: Vec<String> = paths(object).into_iter().map(|path| below(&project, &path)).collect();
        // SCH-2: what is made or listed in the project without naming a schema is in `default`.
        if object.kind == ObjectKind::Project && managed.is_in_default && IN_SCHEMA.contains(action) {
            all.push(format!("{project}/schemas/default"));
        }
        // SCH-2: what may be made or listed in the project may be in every schema.
        if object.kind == ObjectKind::Schema && IN_SCHEMA.contains(action) {
            all.push(project);
        }
        return all;
    }
    let of = |place: &str| vec![below(&project, place)];
    let named = |place: &str| match &managed.name {
        Some(name) => vec![format!("{project}/{place}/{name}")],
        None => of(place),
    };
    use Action::*;
    match action {
        GrantPrivs | RevokePrivs | ShowAclGrants | GrantDownload | SetDataLabel | GrantLabel | RevokeLabel
        | ShowLabelGrants => {
            // The id of a project is its path.
            let ids = if object.kind == ObjectKind::Project { vec![project.clone()] } else { paths(object) };
            ids.iter()
                .flat_map(|id| [format!("{project}/authorization/{id}"), format!("{project}/authorization/acl/{id}")])
                .collect()
        }
        SetSecurityConfiguration | GetSecurityConfiguration => {
            of("authorization/configurations/security_configuration")
        }
        PutException => of("authorization/configurations/protected_exception"),
        PutPolicy | GetPolicy => of("authorization/configurations/policy"),
        AddTrustedProject
        | RemoveTrustedProject
        | ListTrustedProjects
        | AddAccountProvider
        | RemoveAccountProvider
        | ListAccountProviders
        | ClearExpiredGrants
        | PurgePrivs => of("authorization"),
        AddUser | RemoveUser | ListUsers | ListUserRoles | SetUserLabel | ShowUserLabelGrants => {
            of("authorization/users")
        }
        ListRoles => of("authorization/roles"),
        CreateAdministratorRole
        | GrantAdmin
        | GrantAdministratorRole
        | RevokeAdministratorRole
        | PutAdministratorPolicy
        | GetAdministratorPolicy => named("authorization/roles/administrator"),
        GrantSuperAdministrator => named("authorization/roles/super_administrator"),
        CreatePackage
        | ShowPackages
        | DescribePackage
        | DropPackage
        | InstallPackage
        | UninstallPackage
        | AllowInstallPackage
        | DisallowInstallPackage
        | AddPackageResource
        | RemovePackageResource => named("authorization/packages"),
        SetProperty | SetOtherProperty | GetProperty => of(""),
        CreateRole
        | AlterRole
        | DropRole
        | DescribeRole
        | GrantRole
        | RevokeRole
        | PutRolePolicy
        | GetRolePolicy
        | AddPolicyStatments
        | RemovePolicyStatments
        | ListRolePrincipals
        | SetRoleLabel
        | ShowRoleLabelGrants => {
            let is_administrator = managed.is_administrator_role;
            let mut forms = Vec::new();
            if managed.name.is_none() || denies || !is_administrator {
                forms.extend(named("authorization/roles/resource"));
            }
            if managed.name.is_some() && (denies || is_administrator) {
                forms.extend(named("authorization/roles/administrator"));
            }
            forms
        }
        other => panic!("the documents give no URI for {other}"),
    }
}

fn below(project: &str, place: &str) -> String {
    if place.is_empty() { project.to_owned() } else { format!("{project}/{place}") }
}

/// An object's paths in its project, with and without its schema; functions have two folders.
fn paths(object: &Object) -> Vec<String> {
    let folders: &[&str] = match object.kind {
        ObjectKind::Project => return vec![String::new()],
        ObjectKind::Schema => return vec![format!("schemas/{}", object.name)],
        ObjectKind::Package => return vec![format!("packages/{}", object.name)],
        ObjectKind::Table | ObjectKind::View => &["tables"],
        ObjectKind::Resource => &["resources"],
        ObjectKind::Function => &["functions", "registration/functions"],
        ObjectKind::Instance => &["instances"],
    };
    let name = &object.name;
    let forms = |folder: &&str| match object.schema.is_default() {
        true => vec![format!("{folder}/{name}"), format!("schemas/default/{folder}/{name}")],
        false => vec![format!("schemas/{}/{folder}/{name}", object.schema)],
    };
    folders.iter().flat_map(forms).collect()
}
