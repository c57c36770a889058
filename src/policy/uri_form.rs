//! The forms of URI that each action applies to: a statement counts only where one of its actions and one of its resources meet.
//!
//! `security/uri.rs` makes the URIs of accesses; its tests compare them with these.

use crate::model::{Action, Area, Holders, ObjectKind, TenantResourceKind};

/// Marks in the forms: one or more characters of a name, of a resource's name. No URI has them.
pub const NAME: char = '%';
pub const FILE: char = '&';

/// The URIs of one kind, behind `projects/<project>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriForm {
    /// Empty, or with a `/` at its beginning; names are marks.
    pub path: String,
    /// Whether messages write it so; the others are further forms of the same objects.
    pub is_shown: bool,
    /// Whether it is about an instance.
    pub is_of_instance: bool,
}

/// Actions that are documented and can be granted, and that no statement asks for yet.
pub const NOT_ASKED: [Action; 2] = [Action::CreateModel, Action::CreateVolume];

/// Every form of URI of the tenant resources that an action applies to, in the policies of tenant roles or of a project and its roles; a list for
/// each kind, of which the first form is how messages write it.
pub fn of_tenant_resources(action: Action, in_tenant_role: bool) -> Vec<Vec<String>> {
    let is_asked = |kind: &TenantResourceKind| match action.makes_tenant_resources() {
        true => kind.making() == action,
        false => action.is_on_tenant_resources(),
    };
    if action != Action::Usage && !in_tenant_role {
        return Vec::new();
    }
    let of_kind = |kind: TenantResourceKind| {
        let own = kind.folders().iter().map(|folder| format!("{folder}/{FILE}"));
        own.flat_map(|path| [path.clone(), format!("regions/{FILE}/{path}")]).collect()
    };
    TenantResourceKind::ALL.into_iter().filter(is_asked).map(of_kind).collect()
}

/// Every form of URI that an action applies to; none for what no statement asks for.
pub fn forms(action: Action, project: &str) -> Vec<UriForm> {
    if NOT_ASKED.contains(&action) {
        return Vec::new();
    }
    let own = forms_of(action, project);
    // A Deny of it also closes what shows the grants of members and roles.
    let shows: &[Action] =
        if action == Action::ShowAclGrants { &[Action::ListUserRoles, Action::DescribeRole] } else { &[] };
    own.into_iter().chain(shows.iter().flat_map(|shows| forms_of(*shows, project))).collect()
}

fn forms_of(action: Action, project: &str) -> Vec<UriForm> {
    // Giving Download is asked for where giving other privileges is.
    let action = if action == Action::GrantDownload { Action::GrantPrivs } else { action };
    // A view has the URIs of a table.
    let kinds = ObjectKind::ALL.into_iter().filter(|kind| *kind != ObjectKind::View);
    let asked = kinds.filter(|kind| Action::asked_of(*kind).contains(&action));
    match (action.holders(), action.area()) {
        (Holders::Granting | Holders::Showing, _) => asked.flat_map(|kind| of_rights(kind, project, true)).collect(),
        // Label grants inside a package are about a table in it; what has a label of its own is no table in a package.
        (_, Area::Labels) => of_rights(ObjectKind::Table, project, action != Action::SetDataLabel),
        (_, Area::Object) => asked.flat_map(|kind| of_object(kind, action)).collect(),
        (_, area) => of_management(action, area),
    }
}

/// Of an action on objects of a kind.
fn of_object(kind: ObjectKind, action: Action) -> Vec<UriForm> {
    let mut forms: Vec<UriForm> = paths(kind).into_iter().map(|path| on(kind, path)).collect();
    // What is made or listed in a project is made or listed in a schema (SCH-2).
    if kind == ObjectKind::Project && action.is_grantable_on(ObjectKind::Schema) {
        forms.extend(paths(ObjectKind::Schema).into_iter().map(|path| on(kind, path)));
    }
    shown_first(forms)
}

/// Of managing the rights on objects of a kind, in packages as well: behind `authorization` they have the rest of their URI, projects the
/// whole one.
fn of_rights(kind: ObjectKind, project: &str, in_packages: bool) -> Vec<UriForm> {
    let is_packed = in_packages
        && matches!(kind, ObjectKind::Table | ObjectKind::Resource | ObjectKind::Function | ObjectKind::Instance);
    let prefixes = ["", "/acl", "/packageresources/%.%"].into_iter().take(if is_packed { 3 } else { 2 });
    let ids = if kind == ObjectKind::Project { vec![format!("/projects/{project}")] } else { paths(kind) };
    let forms = prefixes.flat_map(|prefix| ids.iter().map(move |id| on(kind, format!("/authorization{prefix}{id}"))));
    shown_first(forms.collect())
}

/// Of management that is about a part of the project, or a role or package in it.
fn of_management(action: Action, area: Area) -> Vec<UriForm> {
    let at = |path: &str| UriForm { path: path.to_owned(), is_shown: true, is_of_instance: false };
    let below = |area: Area, name: &str| at(&format!("{}/{name}", area.path()));
    let whole = || at(area.path());
    match area {
        _ if matches!(action, Action::CreateRole | Action::CreateAdministratorRole) => vec![whole()],
        _ if matches!(action, Action::CreatePackage | Action::ShowPackages) => vec![whole()],
        Area::ResourceRoles | Area::AdministratorRoles | Area::SuperAdministrator => vec![
            below(Area::ResourceRoles, "%"),
            below(Area::AdministratorRoles, "%"),
            below(Area::SuperAdministrator, "super_administrator"),
        ],
        Area::Packages => vec![below(Area::Packages, "%.%")],
        Area::Users if action == Action::ListUserRoles => vec![whole(), at("/authorization/principals/users")],
        Area::Object
        | Area::Labels
        | Area::SecurityConfiguration
        | Area::Policy
        | Area::Exception
        | Area::Authorization
        | Area::Users
        | Area::Roles => vec![whole()],
    }
}

/// The paths of the objects of a kind: those of the schema `default` are also written without it (SCH-1).
fn paths(kind: ObjectKind) -> Vec<String> {
    let in_schema = |paths: &[&str]| {
        paths.iter().flat_map(|path| [format!("/{path}"), format!("/schemas/%/{path}")]).collect::<Vec<_>>()
    };
    match kind {
        ObjectKind::Project => vec![String::new()],
        ObjectKind::Table | ObjectKind::View => in_schema(&["tables/%"]),
        ObjectKind::Resource => in_schema(&["resources/&"]),
        ObjectKind::Function => in_schema(&["registration/functions/%", "functions/%"]),
        // Instances are in no other schema.
        ObjectKind::Instance => vec!["/instances/%".to_owned(), "/schemas/default/instances/%".to_owned()],
        ObjectKind::Package => vec!["/packages/%.%".to_owned()],
        ObjectKind::Schema => vec!["/schemas/%".to_owned()],
    }
}

fn on(kind: ObjectKind, path: String) -> UriForm {
    UriForm { path, is_shown: false, is_of_instance: kind == ObjectKind::Instance }
}

/// Forms of the same objects: the first is how messages write them.
fn shown_first(mut forms: Vec<UriForm>) -> Vec<UriForm> {
    if let Some(first) = forms.first_mut() {
        first.is_shown = true;
    }
    forms
}
