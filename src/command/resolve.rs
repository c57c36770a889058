//! Names → objects, without telling whether one exists (STG-4).

mod schema;

use std::collections::BTreeSet;

pub(super) use self::schema::{check_listed, check_schema, container, has_schemas, no_schema};
use super::absent::Missing;
use super::bound::Context;
use super::flow::Use;
use super::information;
use super::refusal::Refusal;
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Grantee, INFORMATION_SCHEMA, Identity, Naming, Object, ObjectKind, Place, PolicyHolder, Prefix, ProjectId,
    ProjectRef, RoleKind, RoleName, SYSTEM_CATALOG, SchemaName, Table, TableKind, Time,
};
use crate::policy::{AccessPolicy, Asked};
use crate::security::{Access, Facts, Request, Requirement};
use crate::store::{AclEntry, Snapshot};
use crate::syntax::object::ObjectName;
use crate::syntax::{Name, Qualifier, TableName};

/// A table or view that a statement names: found, or a stand-in.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// What the access is asked for.
    pub object: Object,
    /// The table, if it is there.
    pub table: Option<Table>,
    /// What to say if it is not, to someone who may know.
    pub not_found: Box<Error>,
}

/// The current project.
///
/// # Errors
/// No project is current.
pub(super) fn current(context: &Context<'_>) -> Result<ProjectRef> {
    context.current.cloned().ok_or_else(|| {
        Error::new(Code::AccessDenied, "no project is current")
            .help("choose one with `use <project>;`, or start with `--project <project>`")
    })
}

/// The current project as the object of an access.
pub(super) fn current_object(context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Object> {
    project_object(&current(context)?, snapshot)
}

/// A project as the object of an access; one that is gone gets a stand-in.
pub(super) fn project_object(project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Object> {
    Ok(match snapshot.project_by_id(project.id)? {
        Some(project) => project.object(),
        None => Object::unknown(ObjectKind::Project, ProjectRef::unknown(&project.name), &project.name),
    })
}

/// The project of a typed name, or the current one.
pub(super) fn project(name: Option<&Name>, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<ProjectRef> {
    match name {
        None => current(context),
        Some(name) => named_project(&name.text, snapshot),
    }
}

/// The project of this name, or a stand-in.
///
/// # Errors
/// It is one of the service's own, which only queries and `desc` name.
pub(super) fn named_project(name: &str, snapshot: &Snapshot<'_>) -> Result<ProjectRef> {
    if [INFORMATION_SCHEMA, SYSTEM_CATALOG].contains(&name) && snapshot.project_id(name)?.is_none() {
        return Err(no_project_of_the_service(name));
    }
    Ok(match snapshot.project_by_name(name)? {
        Some(project) => project.reference(),
        None => ProjectRef::unknown(name),
    })
}

/// What is said where a statement would use a project of the service's own like any other.
fn no_project_of_the_service(name: &str) -> Box<Error> {
    Error::new(Code::Semantic, format!("`{name}` can be read by queries, `desc` and `show tables` only")).help(format!(
        "query its views: `select … from {INFORMATION_SCHEMA}.<view>`; `show tables in {INFORMATION_SCHEMA};` lists them"
    ))
}

/// Where an object is whose name has `qualifier` before its last part: the one place where a written name becomes project and schema.
///
/// # Errors
/// A schema is named where names have none; no project is current.
pub(super) fn place(qualifier: &Qualifier, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Place> {
    let prefix = naming(qualifier, context)?.read(&qualifier.texts()).map_err(|error| at(error, qualifier))?;
    place_of(prefix, || current(context), snapshot)
}

/// How a name with this qualifier is read: as the session says, unless it is a project, or a project and a schema, in every session.
///
/// # Errors
/// A flag has a value that it does not take.
pub(super) fn naming(qualifier: &Qualifier, context: &Context<'_>) -> Result<Naming> {
    if qualifier.is_full() { Ok(Naming::full(qualifier.parts().len())) } else { context.naming() }
}

/// Where a statement lists what is there: `in a`, `in a.b` or `-p a` (SCH-1).
///
/// # Errors
/// As [`place`].
pub(super) fn listed_place(qualifier: &Qualifier, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Place> {
    if qualifier.is_full() {
        return place(qualifier, context, snapshot);
    }
    let prefix = context.naming()?.read_list(&qualifier.texts()).map_err(|error| at(error, qualifier))?;
    place_of(prefix, || current(context), snapshot)
}

fn at(error: Box<Error>, qualifier: &Qualifier) -> Box<Error> {
    match qualifier.span() {
        Some(span) => error.at(span),
        None => error,
    }
}

/// The project and schema of a prefix; without a project, in `home`.
///
/// # Errors
/// The project is the service's own, or `home` fails.
pub(super) fn place_of(
    prefix: Prefix<'_>,
    home: impl FnOnce() -> Result<ProjectRef>,
    snapshot: &Snapshot<'_>,
) -> Result<Place> {
    let project = prefix.project.map_or_else(home, |project| named_project(project, snapshot))?;
    Ok(Place { project, schema: prefix.schema })
}

/// The table or view of a typed name.
pub(super) fn table(name: &TableName, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Named> {
    let place = place(&name.qualifier, context, snapshot)?;
    let named = table_in(place, &name.name.text, snapshot)?;
    Ok(Named { not_found: named.not_found.at(name.span()), ..named })
}

/// The table or view of this name in a schema.
pub(super) fn table_in(place: Place, name: &str, snapshot: &Snapshot<'_>) -> Result<Named> {
    let table = snapshot.table(&place, name)?;
    let help = match table.is_none() && snapshot.external_schema(&place)?.is_some() {
        true => format!("`show tables in {};` looks at the folders of the schema again", place.schema),
        false => "`show tables;` lists the tables".to_owned(),
    };
    let not_found =
        Error::new(Code::TableNotFound, format!("table {} cannot be resolved", place.qualified(name))).help(help);
    let object = match &table {
        Some(table) => table.object(),
        None => Object::unknown_in(ObjectKind::Table, place, name),
    };
    Ok(Named { object, table, not_found })
}

/// The object of a typed name that is no table, and what to say if it is not there.
pub(super) fn object(
    name: &ObjectName,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<(Object, Option<Box<Error>>)> {
    let place = match name.kind {
        ObjectKind::Package => return installed(name, context, snapshot),
        ObjectKind::Schema => return schema(name, context, snapshot),
        ObjectKind::Project | ObjectKind::Instance => Place::default_of(project(name.project(), context, snapshot)?),
        ObjectKind::Table | ObjectKind::View | ObjectKind::Resource | ObjectKind::Function => {
            place(&name.qualifier, context, snapshot)?
        }
    };
    Ok(match snapshot.securable(name.kind, &place, &name.name.text)? {
        Some(object) => (object, None),
        None => {
            let unknown = Object::unknown_in(name.kind, place, &name.name.text);
            let error = not_found(&unknown).at(name.span());
            (unknown, Some(error))
        }
    })
}

/// The place that the name of a schema means.
pub(super) fn schema_place(name: &ObjectName, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Place> {
    let project = project(name.project(), context, snapshot)?;
    Ok(Place { project, schema: SchemaName::new(&name.name.text) })
}

/// A schema, and what to say if it is not there.
fn schema(name: &ObjectName, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<(Object, Option<Box<Error>>)> {
    let place = schema_place(name, context, snapshot)?;
    Ok(match snapshot.schema(&place)? {
        Some(schema) => (schema.object(), None),
        None => {
            let unknown = Object::unknown(ObjectKind::Schema, place.project.clone(), place.schema.as_str());
            (unknown, Some(no_schema(&place).at(name.span())))
        }
    })
}

/// A package as it is installed in the current project. A package that is named without a project cannot be.
fn installed(
    name: &ObjectName,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<(Object, Option<Box<Error>>)> {
    let current = current(context)?;
    if information::is_package(name) {
        let (package, _, not_found) = information::package(&current, snapshot)?;
        return Ok((package, not_found.map(|error| error.at(name.span()))));
    }
    let source = project(name.project(), context, snapshot)?;
    if let Some(installation) = snapshot.installation(current.id, source.id, &name.name.text)? {
        return Ok((installation.object(), None));
    }
    let full = format!("{}.{}", source.name, name.name.text);
    let help = match source.id == current.id {
        true => "a project's own packages are used in the projects that install them; `show packages;` lists them"
            .to_owned(),
        false => format!("`show packages;` lists what is installed, `install package {full};` installs it"),
    };
    let error = Error::new(Code::NotFound, format!("package {full} is not installed in project {}", current.name))
        .at(name.span())
        .help(help);
    Ok((Object::unknown(ObjectKind::Package, current, &full), Some(error)))
}

/// What is said of an object that is not there to someone who may know.
pub(super) fn not_found(object: &Object) -> Box<Error> {
    let help = match object.kind {
        ObjectKind::Resource => "`list resources;` lists the resources",
        ObjectKind::Function => "`list functions;` lists the functions",
        ObjectKind::Instance => "`show instances;` lists the instances",
        ObjectKind::Schema => "`show schemas;` lists the schemas",
        ObjectKind::Project | ObjectKind::Table | ObjectKind::View | ObjectKind::Package => {
            "`show tables;` lists the tables"
        }
    };
    Error::new(Code::NotFound, format!("{object} does not exist")).help(help)
}

/// The requirement for making an object, or for `change` to the one of its name, which is `object`.
///
/// Chosen: who replaces needs a right on what is there, and not the right to make another. Who may neither make objects nor list them
/// is asked for that right, whether it is there or not (STG-4).
pub(super) fn make_requirement(
    (make, change): (Action, Action),
    object: &Object,
    replaces: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Requirement> {
    let container = container(&object.place(), snapshot)?;
    let made = Access::inside(make, container.clone());
    let change = Access::of(change, object.clone());
    if !replaces {
        return Ok(made.into());
    }
    if object.id != Identity::Unknown {
        return Ok(change.into());
    }
    for access in [made.clone(), Access::inside(Action::List, container)] {
        let request = Request::in_session(context, vec![access.into()]);
        if context.judge.allows(&request)? {
            return Ok(made.into());
        }
    }
    Ok(change.into())
}

/// A job in the current project needs CreateInstance there (STG-5).
pub(super) fn job_requirement(context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Requirement> {
    Ok(Access::of(Action::CreateInstance, current_object(context, snapshot)?).into())
}

/// An action on the current project.
pub(super) fn project_requirement(
    action: Action,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Requirement> {
    Ok(Access::of(action, current_object(context, snapshot)?).into())
}

/// An action on a role of the current project: policies name its URI by its type (ADM-1).
pub(super) fn about_role(
    action: Action,
    name: &RoleName,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Access> {
    let project = current_object(context, snapshot)?;
    let known = snapshot.role(project.project.id, name)?;
    let is_administrator_role = known.is_some_and(|role| role.kind == RoleKind::Admin);
    Ok(Access::of(action, project).about_role(name, is_administrator_role))
}

/// The requirement for making `grantee` able to download: entries on Download wake in a role or member that is there again, and go with the
/// role to its new holder (DLC-2, ACC-9).
pub(super) fn download_requirement(
    grantee: &Grantee,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Option<Requirement>> {
    match has_download(grantee, &current(context)?, context.now, snapshot)? {
        true => project_requirement(Action::GrantDownload, context, snapshot).map(Some),
        false => Ok(None),
    }
}

/// Whether something in a project gives Download to a grantee once it is a member or a role there.
pub(super) fn has_download(
    grantee: &Grantee,
    project: &ProjectRef,
    now: Time,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    let entries = snapshot.acl_of_grantee(project.id, grantee)?;
    for entry in entries.iter().filter(|entry| entry.grant.is_valid(now)) {
        if gives_download(entry, project.id, snapshot)? {
            return Ok(true);
        }
    }
    let allows = |policy: &AccessPolicy| {
        Ok::<_, Box<Error>>(policy.adds_download(None) || opens_package_with_download(policy, None, project, snapshot)?)
    };
    match grantee {
        Grantee::Role(role) => match snapshot.policy_of_name(project, role)? {
            Some(Ok(policy)) => allows(&policy),
            Some(Err(_)) | None => Ok(false),
        },
        Grantee::User(user) => {
            let policy = snapshot.policy(project.id, &PolicyHolder::Project)?;
            if matches!(policy.as_deref(), Some(Ok(policy)) if policy.allows_download_to(user)) {
                return Ok(true);
            }
            for role in snapshot.tenant_roles_held_in(user, project.id)? {
                let policy = snapshot.policy(project.id, &PolicyHolder::TenantRole(role))?;
                if let Some(Ok(policy)) = policy.as_deref()
                    && allows(policy)?
                {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// The actions that a privilege on an object of this kind comes to: `All` is spelled out (POL-7).
pub(super) fn spelled_out(action: Action, kind: ObjectKind) -> Vec<Action> {
    if action != Action::All {
        return vec![action];
    }
    let all = Action::grantable(kind).iter().copied();
    all.filter(|action| *action != Action::All && Action::All.covers(*action)).collect()
}

/// Whether a policy allows Read on an installed package that lists Download, and `before` did not.
pub(super) fn opens_package_with_download(
    policy: &AccessPolicy,
    before: Option<&AccessPolicy>,
    project: &ProjectRef,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    for package in snapshot.packages_listing_download(project.id)? {
        let uris = [format!("projects/{}/packages/{package}", project.name)];
        let none = BTreeSet::new();
        let read = Asked { action: Action::Read, uris: &uris, privileges: &none, instance: None };
        if policy.allows_newly(&read, before) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an entry gives Download: by itself, or as Read on a package that lists it.
fn gives_download(entry: &AclEntry, project: ProjectId, snapshot: &Snapshot<'_>) -> Result<bool> {
    let action = entry.grant.action;
    match (entry.kind, &entry.inside) {
        _ if action == Action::Download => Ok(true),
        (ObjectKind::Package, None) if action.covers(Action::Read) => {
            let name = entry.path.rsplit('/').next().unwrap_or_default();
            snapshot.lists_download(project, name)
        }
        _ => Ok(false),
    }
}

/// The request for one action on the current project.
pub(super) fn project_request(action: Action, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Request> {
    Ok(Request::in_session(context, vec![project_requirement(action, context, snapshot)?]))
}

impl Named {
    /// The table, if it is not there.
    pub fn missing(&self) -> Vec<Missing> {
        let missing = || Missing::new(self.object.clone(), self.not_found.clone());
        self.table.is_none().then(missing).into_iter().collect()
    }

    /// The table, if the statement is for tables.
    pub fn expect_table(&self) -> Result<&Table, Refusal> {
        let table = self.expect_any()?;
        match table.kind {
            TableKind::Table => Ok(table),
            TableKind::View => Err(Error::new(Code::Semantic, format!("`{}` is a view", table.name))
                .help("name a table; `drop view` and `create or replace view` are for views")
                .into()),
        }
    }

    /// The table, if the statement is for tables whose rows the state keeps.
    pub fn expect_internal(&self) -> Result<&Table, Refusal> {
        let table = self.expect_table()?;
        match table.external {
            None => Ok(table),
            Some(_) => {
                Err(Error::new(Code::Unsupported, format!("not supported: `{}` is an external table", table.name))
                    .help("its rows are in external files: `select` reads them, `insert into` adds to them")
                    .into())
            }
        }
    }

    /// What becomes of rows that are written to the table.
    pub fn written(&self) -> Use<'_> {
        match self.table.as_ref().is_some_and(|table| table.external.is_some()) {
            true => Use::Outside(Some(&self.object.project)),
            false => Use::Written(&self.object.project),
        }
    }

    /// The view, if the statement is for views.
    pub fn expect_view(&self) -> Result<&Table, Refusal> {
        match &self.table {
            None => {
                let name = self.object.full_name();
                Err(self.not_there(Error::new(Code::ViewNotFound, format!("view {name} cannot be resolved"))))
            }
            Some(table) if table.kind == TableKind::Table => {
                Err(Error::new(Code::ViewNotFound, format!("`{}` is a table, not a view", table.name)).into())
            }
            Some(table) => Ok(table),
        }
    }

    /// The table or view.
    pub fn expect_any(&self) -> Result<&Table, Refusal> {
        self.table.as_ref().ok_or_else(|| self.not_there(self.not_found.clone()))
    }

    fn not_there(&self, error: Box<Error>) -> Refusal {
        Refusal::missing(self.object.clone(), error)
    }

    /// The table or view of a query whose names were all found.
    pub fn known(&self) -> Result<&Table> {
        self.table.as_ref().ok_or_else(|| self.not_found.clone())
    }
}
