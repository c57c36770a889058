//! `list projects`, `desc project`, `setproject`, the security switches, `show SecurityConfiguration`.

use super::bound::{Bound, Context, Work};
use super::flow::part;
use super::outcome::{Item, Listing, Outcome, PropertiesOf};
use super::{policy, resolve, setting};
use crate::error::{Code, Result};
use crate::model::{
    Action, Cell, Network, Object, ObjectKind, Project, ProjectId, Property, Record, Source, Switch, locations,
};
use crate::policy::AddressList;
use crate::security::{Access, Request, Requirement, Shown};
use crate::store::Snapshot;
use crate::syntax::project::Statement;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::List | Statement::Describe { .. } | Statement::ShowSecurityConfiguration => true,
        Statement::SetProject { settings } => settings.is_empty(),
        Statement::SetSwitch { .. } | Statement::SetLocations { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::List => {
            let principal = context.principal.clone();
            let request =
                Request::in_session(context, vec![Requirement::None("everyone sees the projects that they belong to")]);
            Ok(Bound::show(request, move |snapshot| Ok(list(&snapshot.projects_of(&principal)?))))
        }
        Statement::Describe { extended, project: name } => {
            let project = resolve::project(Some(name), context, snapshot)?;
            let id = project.id;
            let tables = extended.then(|| snapshot.all_of_kind(ObjectKind::Table, &project)).transpose()?;
            // The sums are of what the caller may describe, and may see the sizes of here (FLW-2a).
            let size_of = |table: &Object| part(table, vec![Access::of(Action::Describe, table.clone())], context);
            let request = Request {
                current: Some(project),
                parts: tables.iter().flatten().map(size_of).collect(),
                ..Request::in_session(context, vec![Requirement::Member("to see what the project is")])
            };
            // Properties hold the address lists: who may not read them with `setproject` does not see them here.
            let asked = resolve::project_object(&resolve::project(Some(name), context, snapshot)?, snapshot)?;
            let properties = Request {
                requirements: vec![Access::of(Action::GetProperty, asked).into()],
                parts: Vec::new(),
                ..request.clone()
            };
            let properties = context.judge.allows(&properties)?;
            Ok(Bound::show_parts(request, move |snapshot, shown| {
                let extended = tables.map(|tables| size(snapshot, &tables, shown)).transpose()?.flatten();
                describe(snapshot, id, properties, extended)
            }))
        }
        Statement::SetProject { settings } if settings.is_empty() => {
            let project = resolve::current(context)?;
            let request = Request::in_session(
                context,
                vec![resolve::project_requirement(Action::GetProperty, context, snapshot)?],
            );
            Ok(Bound::show(request, move |snapshot| {
                let project = snapshot.project_by_id(project.id)?;
                let values = project.as_ref().map(properties).unwrap_or_default();
                Ok(Outcome::properties(PropertiesOf::ProjectProperties, values).and_status("OK"))
            }))
        }
        Statement::SetProject { settings } => {
            let project = resolve::current(context)?;
            // Which properties a statement names follows from its text.
            let lists = |(key, _): &(crate::syntax::Name, String)| {
                Property::parse(&key.text).is_some_and(Property::lists_addresses)
            };
            let mut actions = Vec::new();
            if settings.iter().any(lists) {
                actions.push(Action::SetProperty);
            }
            if !settings.iter().all(lists) {
                actions.push(Action::SetOtherProperty);
            }
            let requirements =
                actions.into_iter().map(|action| resolve::project_requirement(action, context, snapshot));
            let request = Request::in_session(context, requirements.collect::<Result<_>>()?);
            let source = context.source.clone();
            Ok(Bound::when_allowed(request, || {
                let warnings: Vec<String> =
                    settings.iter().filter_map(|(key, value)| setting::warning(key, value)).collect();
                // Every setting is checked before the first one is stored.
                let settings = settings.iter().map(|(key, value)| setting::check(key, value));
                let settings = settings.collect::<Result<Vec<_>>>()?;
                Ok(Work::change(move |write, now| {
                    for (property, value) in &settings {
                        write.set_property(project.id, *property, value, now)?;
                    }
                    let mut outcome = Outcome::ok();
                    outcome.items.splice(0..0, warnings.iter().cloned().map(Item::Status));
                    if settings.iter().any(|(property, _)| property.lists_addresses())
                        && let Some(project) = write.project_by_id(project.id)?
                    {
                        outcome.items.splice(0..0, locked_out(&project, &source)?.map(Item::Status));
                    }
                    Ok(outcome)
                }))
            }))
        }
        Statement::SetSwitch { switch, on } => {
            let (switch, on) = (*switch, *on);
            let project = resolve::current(context)?;
            let mut requirements =
                vec![resolve::project_requirement(Action::SetSecurityConfiguration, context, snapshot)?];
            if switch == Switch::CheckPermissionUsingPolicy && !on {
                requirements.extend(policy::unbound_by_any(&project, context, snapshot)?);
            }
            Ok(Bound::change(Request::in_session(context, requirements), move |write, now| {
                let Some(mut project) = write.project_by_id(project.id)? else { return Ok(Outcome::ok()) };
                let mut outcome = Outcome::ok();
                if switch == Switch::CheckPermissionUsingPolicy && !on && project.security.check_permission_using_policy
                {
                    outcome.items.splice(
                        0..0,
                        policy::ending_denies(&project.reference(), write)?.into_iter().map(Item::Status),
                    );
                }
                switch.set(&mut project.security, on);
                write.set_security(project.id, &project.security, now)?;
                Ok(outcome)
            }))
        }
        Statement::SetLocations { locations } => {
            let (project, locations) = (resolve::current(context)?, locations.clone());
            let requirement = resolve::project_requirement(Action::SetSecurityConfiguration, context, snapshot)?;
            Ok(Bound::change(Request::in_session(context, vec![requirement]), move |write, now| {
                let Some(mut project) = write.project_by_id(project.id)? else { return Ok(Outcome::ok()) };
                Switch::ExternalResourceAccessControl.set(&mut project.security, true);
                project.security.external_resource_locations = locations;
                write.set_security(project.id, &project.security, now)?;
                Ok(Outcome::ok())
            }))
        }
        Statement::ShowSecurityConfiguration => {
            let project = resolve::current(context)?;
            let requirement = resolve::project_requirement(Action::GetSecurityConfiguration, context, snapshot)?;
            Ok(Bound::show(Request::in_session(context, vec![requirement]), move |snapshot| {
                let project = snapshot.project_by_id(project.id)?;
                let values = project.as_ref().map(security_configuration).unwrap_or_default();
                Ok(Outcome::properties(PropertiesOf::SecurityConfiguration, values))
            }))
        }
    }
}

/// A warning, if the lists of a project do not admit the address that they were set from (NET-1).
fn locked_out(project: &Project, source: &Source) -> Result<Option<String>> {
    let lists = AddressList::parse(project.property(Property::IpWhitelist), project.property(Property::VpcWhitelist))?;
    let warning = || {
        let from = match &source.network {
            Network::Internet => String::new(),
            Network::Classic => " in the classic network".to_owned(),
            Network::Vpc(vpc) => format!(" in VPC {vpc}"),
        };
        let project = &project.name;
        format!(
            "Warning: this session's own address, {}{from}, is not admitted to project {project} any more; only an address on its lists can change them",
            source.ip
        )
    };
    Ok((!lists.admits(source)).then(warning))
}

/// The security switches. What does not apply is absent.
fn security_configuration(project: &Project) -> Record {
    let security = &project.security;
    let exception = security.exception.as_ref().filter(|_| security.project_protection);
    // No location can be named yet.
    let listed = || locations(&security.external_resource_locations).unwrap_or_default();
    let locations =
        security.external_resource_access_control.then(|| listed().iter().map(ToString::to_string).collect::<Vec<_>>());
    Record::default()
        .with("check_permission_using_acl", security.check_permission_using_acl)
        .with("check_permission_using_policy", security.check_permission_using_policy)
        .with("object_creator_has_access_permission", security.object_creator_has_access_permission)
        .with("object_creator_has_grant_permission", security.object_creator_has_grant_permission)
        .with("label_security", security.label_security)
        .with("project_protection", security.project_protection)
        .with("exception", exception)
        .with("external_resource_access_control", security.external_resource_access_control)
        .with("external_resource_locations", locations)
        .with("enable_download_privilege", project.has_download_control())
}

/// The properties that `setproject` sets, by their keys.
fn properties(project: &Project) -> Record {
    let value = |property: Property| match (property, project.property(property)) {
        (Property::ReadLimit | Property::Retention, rows) => Cell::Number(rows.to_owned()),
        (Property::DownloadControl | Property::Flag(_), "true") => true.into(),
        (Property::DownloadControl | Property::Flag(_), "false") => false.into(),
        (_, text) => Cell::filled(text),
    };
    project.shown_properties().into_iter().map(|property| (property.key().to_owned(), value(property))).collect()
}

/// Rows and bytes of those tables whose sizes may be shown.
fn size(snapshot: &Snapshot<'_>, tables: &[Object], shown: &Shown) -> Result<Option<(u64, u64)>> {
    let mut sums = (0, 0);
    for id in tables.iter().filter(|table| shown.includes(table)).filter_map(|table| table.id.known()) {
        // Without the key of an encrypted project, its sizes are not known, and left out.
        let (rows, bytes) = match snapshot.size(id) {
            Err(error) if error.code == Code::EncryptionKey => return Ok(None),
            size => size?,
        };
        sums = (sums.0 + rows, sums.1 + bytes);
    }
    Ok(Some(sums))
}

/// What a project is; its properties, and the sums over its tables, only if they are shown.
fn describe(snapshot: &Snapshot<'_>, id: ProjectId, has_properties: bool, sums: Option<(u64, u64)>) -> Result<Outcome> {
    let Some(project) = snapshot.project_by_id(id)? else { return Ok(Outcome::default()) };
    let (rows, bytes) = sums.unzip();
    let values = Record::default()
        .with("name", &project.name)
        .with("comment", Cell::filled(&project.comment))
        .with("type", "managed")
        .with("owner", &project.owner)
        .with("created", project.created)
        .with("encryption", encryption(snapshot, id, has_properties)?)
        .with("properties", has_properties.then(|| properties(&project)))
        .with("rows", rows)
        .with("bytes", bytes);
    Ok(Outcome::properties(PropertiesOf::Project, values))
}

/// How the data of a project is encrypted; with which key is shown with its properties.
fn encryption(snapshot: &Snapshot<'_>, id: ProjectId, has_properties: bool) -> Result<Option<Record>> {
    let Some(key) = snapshot.key_of_project(id)? else { return Ok(None) };
    let values = Record::default()
        .with("algorithm", "AES256")
        .with("key", has_properties.then_some(&key.place.name))
        .with("key_status", has_properties.then_some(if key.enabled { "Enabled" } else { "Disabled" }));
    Ok(Some(values))
}

fn list(projects: &[Project]) -> Outcome {
    let row = |project: &Project| {
        vec![
            (&project.name).into(),
            Cell::filled(&project.comment),
            "managed".into(),
            project.status.to_string().into(),
            project.created.into(),
            project.modified.into(),
            (&project.owner).into(),
        ]
    };
    Outcome::listing(Listing::Projects, projects.iter().map(row).collect())
        .and_status(format!("{} projects", projects.len()))
}
