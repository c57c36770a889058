//! The URIs of what an access is about, as policies spell them (POL-6).

use super::request::Access;
use crate::model::{Action, Area, DEFAULT_SCHEMA, Holders, Object, ObjectKind, RoleName};

/// Every form of the URI of an access, without `acs:odps:*:`; the documented forms of one object are equal.
///
/// Source: PERM, tables of resource and of management actions.
pub(super) fn uris(access: &Access) -> Vec<String> {
    let Access { action, object, managed, .. } = access;
    let project = format!("projects/{}", object.project.name);
    // Giving Download has other holders than giving other privileges, and the same URI.
    let holders = if *action == Action::GrantDownload { Holders::Granting } else { action.holders() };
    // Rights on an object, and its labels, are managed below `authorization`.
    let is_on_object = matches!(holders, Holders::Granting | Holders::Showing) || action.area() == Area::Labels;
    match (is_on_object, action.area()) {
        // On an object inside a package, which is named by its path.
        (true, _) if managed.name.is_some() => {
            let path = managed.name.as_deref().unwrap_or_default();
            let package = format!("{project}/authorization/packageresources/{}", object.name);
            vec![format!("{package}/{path}"), format!("{package}/schemas/{DEFAULT_SCHEMA}/{path}")]
        }
        (true, _) => {
            // The id of a project is its whole path.
            let below = format!("{project}/");
            let id = |path: String| path.strip_prefix(&below).map(str::to_owned).unwrap_or(path);
            let ids = paths(object).into_iter().map(id);
            ids.flat_map(|id| [format!("{project}/authorization/{id}"), format!("{project}/authorization/acl/{id}")])
                .collect()
        }
        (false, Area::Object) => {
            let mut uris = paths(object);
            // What is made or listed in a project without naming a schema is in `default` (SCH-2); `All` on the project is more.
            if object.kind == ObjectKind::Project
                && *action != Action::All
                && action.is_grantable_on(ObjectKind::Schema)
            {
                uris.push(format!("{project}/schemas/{DEFAULT_SCHEMA}"));
            }
            uris
        }
        (false, area) => {
            let name = managed.name.as_deref();
            let mut uris = vec![format!("{project}{}", managed_path(area, name))];
            match (action, area, name) {
                (Action::ListUserRoles, ..) => uris.push(format!("{project}/authorization/principals/users")),
                // The name does not say of which type the role is: a Deny in either form counts.
                (_, Area::ResourceRoles, Some(name)) => {
                    uris.push(format!("{project}{}/{name}", Area::AdministratorRoles.path()));
                }
                _ => {}
            }
            uris
        }
    }
}

/// What management is about, behind the project: the built-in roles are of administrator type.
pub(super) fn managed_path(area: Area, name: Option<&str>) -> String {
    let (area, name) = match (area, name) {
        (Area::ResourceRoles, Some(name @ RoleName::ADMIN)) => (Area::AdministratorRoles, Some(name)),
        (Area::ResourceRoles, Some(name @ RoleName::SUPER_ADMINISTRATOR)) => (Area::SuperAdministrator, Some(name)),
        other => other,
    };
    let name = name.map(|name| format!("/{name}")).unwrap_or_default();
    format!("{}{name}", area.path())
}

/// The paths of an object: names without a schema are in `default`, and functions have two folders.
fn paths(object: &Object) -> Vec<String> {
    let project = format!("projects/{}", object.project.name);
    let folders: &[&str] = match object.kind {
        ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => return vec![object.path()],
        ObjectKind::Table | ObjectKind::View => &["tables"],
        ObjectKind::Resource => &["resources"],
        ObjectKind::Function => &["registration/functions", "functions"],
        ObjectKind::Instance => &["instances"],
    };
    let name = &object.name;
    let forms = |folder: &&str| {
        [format!("{project}/{folder}/{name}"), format!("{project}/schemas/{DEFAULT_SCHEMA}/{folder}/{name}")]
    };
    folders.iter().flat_map(forms).collect()
}

/// The action by which a policy takes the data of an object of this kind (POL-3).
pub(super) fn reading(kind: ObjectKind) -> Action {
    match kind {
        ObjectKind::Resource | ObjectKind::Instance | ObjectKind::Package => Action::Read,
        ObjectKind::Function => Action::Execute,
        ObjectKind::Project | ObjectKind::Table | ObjectKind::View | ObjectKind::Schema => Action::Select,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Identity, Principal, ProjectId, ProjectRef};

    fn object(kind: ObjectKind, name: &str) -> Object {
        let project = ProjectRef { id: ProjectId(1), name: "p".to_owned() };
        let owner = Principal::parse("ALIYUN$o@x.com").unwrap();
        Object { kind, id: Identity::Unknown, project, name: name.to_owned(), owner: Some(owner) }
    }

    #[test]
    fn an_object_has_every_documented_form() {
        let of = |action, object| uris(&Access::of(action, object));
        assert_eq!(
            of(Action::Select, object(ObjectKind::View, "v")),
            ["projects/p/tables/v", "projects/p/schemas/default/tables/v"]
        );
        assert_eq!(of(Action::Execute, object(ObjectKind::Function, "f")).len(), 4);
        assert_eq!(
            of(Action::CreateTable, object(ObjectKind::Project, "p")),
            ["projects/p", "projects/p/schemas/default"]
        );
        assert_eq!(of(Action::CreateInstance, object(ObjectKind::Project, "p")), ["projects/p"]);
        assert_eq!(of(Action::AddUser, object(ObjectKind::Project, "p")), ["projects/p/authorization/users"]);
        assert_eq!(
            of(Action::GrantPrivs, object(ObjectKind::Table, "t")),
            [
                "projects/p/authorization/tables/t",
                "projects/p/authorization/acl/tables/t",
                "projects/p/authorization/schemas/default/tables/t",
                "projects/p/authorization/acl/schemas/default/tables/t",
            ]
        );
        assert_eq!(of(Action::GrantPrivs, object(ObjectKind::Project, "p"))[0], "projects/p/authorization/projects/p");
        let drop = Access::of(Action::DropRole, object(ObjectKind::Project, "p")).about("r");
        assert_eq!(
            uris(&drop),
            ["projects/p/authorization/roles/resource/r", "projects/p/authorization/roles/administrator/r"]
        );
    }
}
