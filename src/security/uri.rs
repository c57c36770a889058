//! The URIs of what an access is about, as policies spell them (POL-6).

use super::request::Access;
use crate::model::{Action, Area, Holders, Object, ObjectKind, RoleName, SchemaName};

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
            let further = path.contains("registration/functions/").then(|| path.replacen("registration/", "", 1));
            let forms = std::iter::once(path.to_owned()).chain(further);
            forms.flat_map(|path| in_default(&package, &path)).collect()
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
            uris.extend(access.counted_besides().map(|besides| besides.path()));
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

/// The forms of URI by which a policy allows an access: about a role, only those of its type (ADM-1).
pub(super) fn uris_allowed(access: &Access) -> Vec<String> {
    let mut forms = uris(access);
    if access.action.area() == Area::ResourceRoles && access.managed.name.is_some() {
        let is_administrator = |form: &String| form.contains(&format!("{}/", Area::AdministratorRoles.path()));
        let is_built_in = access.managed.name.as_deref().is_some_and(|name| RoleName::new(name).is_built_in());
        forms.retain(|form| is_built_in || is_administrator(form) == access.managed.is_administrator_role);
    }
    forms
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

/// A path below `base`; what names no schema is in `default`, and has both forms (SCH-1).
fn in_default(base: &str, path: &str) -> Vec<String> {
    let mut forms = vec![format!("{base}/{path}")];
    if !path.starts_with("schemas/") {
        forms.push(format!("{base}/schemas/{}/{path}", SchemaName::DEFAULT));
    }
    forms
}

/// The paths of an object: those in `default` have a form without a schema, and functions have two folders.
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
    let schema = if object.schema.is_default() { String::new() } else { format!("schemas/{}/", object.schema) };
    folders.iter().flat_map(|folder| in_default(&project, &format!("{schema}{folder}/{name}"))).collect()
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
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::model::{Principal, ProjectId, ProjectRef};
    use crate::policy::{AccessPolicy, Profile};

    fn object(kind: ObjectKind, name: &str) -> Object {
        let project = ProjectRef { id: ProjectId(1), name: "p".into() };
        let owner = Principal::parse("ALIYUN$o@x.com").unwrap();
        Object { owner: Some(owner), ..Object::unknown(kind, project, name) }
    }

    #[test]
    fn an_object_has_every_documented_form() {
        let of = |action, object| uris(&Access::of(action, object));
        assert_eq!(
            of(Action::Select, object(ObjectKind::View, "v")),
            ["projects/p/tables/v", "projects/p/schemas/default/tables/v"]
        );
        assert_eq!(of(Action::Execute, object(ObjectKind::Function, "f")).len(), 4);
        let inside = uris(&Access::inside(Action::CreateTable, object(ObjectKind::Project, "p")));
        assert_eq!(inside, ["projects/p", "projects/p/schemas/default"]);
        assert_eq!(of(Action::List, object(ObjectKind::Project, "p")), ["projects/p"]);
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

    /// The accesses that statements make of an action: about a role or a package where the action is.
    fn accesses(action: Action) -> Vec<Access> {
        let named: &[&str] = match action.area() {
            _ if matches!(action, Action::CreateRole | Action::CreateAdministratorRole) => &[],
            _ if matches!(action, Action::CreatePackage | Action::ShowPackages) => &[],
            Area::ResourceRoles => &["worker", RoleName::ADMIN, RoleName::SUPER_ADMINISTRATOR],
            Area::AdministratorRoles => &["worker", RoleName::ADMIN],
            Area::SuperAdministrator => &[RoleName::SUPER_ADMINISTRATOR],
            Area::Packages => &["q.pack"],
            Area::Object
            | Area::Labels
            | Area::SecurityConfiguration
            | Area::Policy
            | Area::Exception
            | Area::Authorization
            | Area::Users
            | Area::Roles => &[],
        };
        let mut all = Vec::new();
        for kind in ObjectKind::ALL.into_iter().filter(|kind| Action::asked_of(*kind).contains(&action)) {
            let name = match kind {
                ObjectKind::Project => "p",
                ObjectKind::Package => "q.pack",
                ObjectKind::Schema => SchemaName::DEFAULT,
                ObjectKind::Table
                | ObjectKind::View
                | ObjectKind::Resource
                | ObjectKind::Function
                | ObjectKind::Instance => "some_name",
            };
            let access = Access::of(action, object(kind, name));
            // Inside a package labels are about a table in it.
            if kind == ObjectKind::Package && action.area() == Area::Labels {
                all.push(access.about("tables/t"));
                continue;
            }
            match named {
                [] => all.push(access),
                named => all.extend(named.iter().map(|name| access.clone().about(*name))),
            }
            if kind == ObjectKind::Package && matches!(action.holders(), Holders::Granting | Holders::Showing) {
                let packed = ["tables/t", "resources/a.jar", "registration/functions/f", "instances/i"];
                all.extend(packed.map(|path| Access::of(action, object(kind, name)).about(path)));
            }
        }
        all
    }

    #[test]
    fn a_deny_is_taken_exactly_where_its_action_is_asked_for() {
        // By the name in policies: one name can be that of several actions, parts of others included.
        let parts = [
            (Action::ChangeOwner, "Alter"),
            (Action::Undrop, "Alter"),
            (Action::CreateAdministratorRole, "CreateRole"),
            (Action::GrantAdmin, "GrantRole"),
            (Action::GrantSuperAdministrator, "GrantRole"),
            (Action::GrantDownload, "GrantPrivs"),
            (Action::PurgePrivs, "RevokePrivs"),
        ];
        let name = |action: Action| {
            parts.iter().find(|(part, _)| *part == action).map_or(action.service_name(), |(_, whole)| whole)
        };
        let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for action in Action::ALL.iter().copied().filter(|action| *action != Action::All) {
            for access in accesses(action) {
                for denied in access.denied_with() {
                    asked.entry(name(denied)).or_default().extend(access.uris());
                }
            }
        }
        // No statement asks for them yet.
        for not_yet in [Action::CreateModel, Action::CreateVolume] {
            asked.get_mut(not_yet.name()).unwrap().clear();
        }
        let uris: BTreeSet<&String> = asked.values().flatten().collect();
        for (name, own) in &asked {
            // Further forms of the same objects are tried where they are taken.
            let is_further = |uri: &str| uri.contains("/schemas/default/") || uri.contains("/acl/");
            for uri in uris.iter().filter(|uri| own.contains(**uri) || !is_further(uri)) {
                let text = format!(
                    r#"{{"Version":"1","Statement":[{{"Effect":"Deny","Principal":"*","Action":"odps:{name}","Resource":"acs:odps:*:{uri}"}}]}}"#
                );
                let taken = AccessPolicy::parse_new(&text, Profile::Project, "p").is_ok();
                assert_eq!(taken, own.contains(*uri), "{name} {uri}");
            }
        }
        assert!(asked.len() > 50 && uris.len() > 50, "{} {}", asked.len(), uris.len());
    }
}
