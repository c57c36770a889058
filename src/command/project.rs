//! `list projects`, `desc project`, `setproject`, the security switches, `show SecurityConfiguration`.

use super::bound::{Bound, Context, Work};
use super::flow::part;
use super::outcome::{Chunk, Item, Layout, Outcome, Rows};
use super::{resolve, setting};
use crate::error::Result;
use crate::model::{Action, Cell, DataType, Object, ObjectKind, Project, Property, ResultColumn, Source};
use crate::security::{Access, AddressList, Claim, Request, Shown};
use crate::store::Snapshot;
use crate::syntax::project::Statement;
use crate::text::one_line;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::List | Statement::Describe { .. } | Statement::ShowSecurityConfiguration => true,
        Statement::SetProject { settings } => settings.is_empty(),
        Statement::SetSwitch { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::List => {
            let principal = context.principal.clone();
            let request =
                Request::in_session(context, vec![Claim::Anyone("everyone sees the projects that they belong to")]);
            Ok(Bound::show(request, move |snapshot| Ok(list(snapshot.projects_of(&principal)?))))
        }
        Statement::Describe { extended, project: name } => {
            let project = resolve::project(Some(name), context, snapshot)?;
            let id = project.id;
            let tables = extended.then(|| snapshot.securables(ObjectKind::Table, &project)).transpose()?;
            // The sums are of what the caller may describe, and may see the sizes of here (FLW-2a).
            let size_of = |table: &Object| part(table, vec![Access::of(Action::Describe, table.clone())], context);
            let request = Request {
                current: Some(project),
                parts: tables.iter().flatten().map(size_of).collect(),
                ..Request::in_session(context, vec![Claim::Member("to see what the project is")])
            };
            // Properties hold the address lists: who may not read them with `setproject` does not see them here.
            let asked = resolve::project_object(&resolve::project(Some(name), context, snapshot)?, snapshot)?;
            let properties = Request {
                claims: vec![Access::of(Action::GetProperty, asked).into()],
                parts: Vec::new(),
                ..request.clone()
            };
            let properties = context.judge.allows(&properties)?;
            Ok(Bound::show_parts(request, move |snapshot, shown| {
                let extended = tables.map(|tables| size(snapshot, &tables, shown)).transpose()?;
                describe(snapshot, id, properties, extended)
            }))
        }
        Statement::SetProject { settings } if settings.is_empty() => {
            let project = resolve::current(context)?;
            let request =
                Request::in_session(context, vec![resolve::project_claim(Action::GetProperty, context, snapshot)?]);
            Ok(Bound::show(request, move |snapshot| {
                let project = snapshot.project_by_id(project.id)?;
                let lines = project.iter().flat_map(|project| {
                    let shown = project.shown_properties().into_iter();
                    shown.map(|property| format!("{}={}", property.key(), project.property(property)))
                });
                Ok(Outcome { items: lines.chain(["OK".to_owned()]).map(Item::Status).collect() })
            }))
        }
        Statement::SetProject { settings } => {
            let project = resolve::current(context)?;
            let request =
                Request::in_session(context, vec![resolve::project_claim(Action::SetProperty, context, snapshot)?]);
            let source = context.source.clone();
            Ok(Bound::when_allowed(request, || {
                // Every setting is checked before the first one is stored.
                let settings = settings.iter().map(|(key, value)| setting::check(key, value));
                let settings = settings.collect::<Result<Vec<_>>>()?;
                Ok(Work::change(move |write, now| {
                    for (property, value) in &settings {
                        write.set_property(project.id, *property, value, now)?;
                    }
                    let mut outcome = Outcome::ok();
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
            let claim = resolve::project_claim(Action::SetSecurityConfiguration, context, snapshot)?;
            Ok(Bound::change(Request::in_session(context, vec![claim]), move |write, now| {
                if let Some(mut project) = write.project_by_id(project.id)? {
                    switch.set(&mut project.security, on);
                    write.set_security(project.id, &project.security, now)?;
                }
                Ok(Outcome::ok())
            }))
        }
        Statement::ShowSecurityConfiguration => {
            let project = resolve::current(context)?;
            let claim = resolve::project_claim(Action::GetSecurityConfiguration, context, snapshot)?;
            Ok(Bound::show(Request::in_session(context, vec![claim]), move |snapshot| {
                Ok(Outcome::lines(snapshot.project_by_id(project.id)?.iter().flat_map(security_lines)))
            }))
        }
    }
}

/// A warning, if the lists of a project do not admit the address that they were set from (NET-1).
fn locked_out(project: &Project, source: &Source) -> Result<Option<String>> {
    let lists = AddressList::parse(project.property(Property::IpWhitelist), project.property(Property::VpcWhitelist))?;
    let warning = || {
        let from = source.vpc.as_ref().map(|vpc| format!(" in VPC {vpc}")).unwrap_or_default();
        let project = &project.name;
        format!(
            "Warning: this session's own address, {}{from}, is not admitted to project {project} any more; only an address on its lists can change them",
            source.ip
        )
    };
    Ok((!lists.admits(source)).then(warning))
}

/// Source: odpscmd, the exact layout.
fn security_lines(project: &Project) -> Vec<String> {
    let security = &project.security;
    let mut lines = vec![
        format!("CheckPermissionUsingAcl={}", security.check_permission_using_acl),
        format!("CheckPermissionUsingPolicy={}", security.check_permission_using_policy),
        format!("ObjectCreatorHasAccessPermission={}", security.object_creator_has_access_permission),
        format!("ObjectCreatorHasGrantPermission={}", security.object_creator_has_grant_permission),
        format!("LabelSecurity={}", security.label_security),
        format!("ProjectProtection={}", security.project_protection),
    ];
    if let Some(exception) = security.exception.as_ref().filter(|_| security.project_protection) {
        lines.extend(format!("ProjectProtection with Exception:{exception}").lines().map(str::to_owned));
    }
    lines.push(format!("ExternalResourceAccessControl={}", security.external_resource_access_control));
    if security.external_resource_access_control {
        lines.push("ExternalResourceLocations: ".to_owned());
    }
    lines.push(format!("EnableDownloadPrivilege={}", project.has_download_control()));
    lines
}

/// Rows and bytes of those tables whose sizes may be shown.
fn size(snapshot: &Snapshot<'_>, tables: &[Object], shown: &Shown) -> Result<(u64, u64)> {
    let mut sums = (0, 0);
    for table in tables.iter().filter(|table| shown.includes(table)) {
        let (rows, bytes) = snapshot.size(table.id)?;
        sums = (sums.0 + rows, sums.1 + bytes);
    }
    Ok(sums)
}

/// Source: odpscmd, `%-60s%-40s`.
fn describe(snapshot: &Snapshot<'_>, id: i64, properties: bool, extended: Option<(u64, u64)>) -> Result<Outcome> {
    let Some(project) = snapshot.project_by_id(id)? else { return Ok(Outcome::default()) };
    let row = |key: &str, value: &str| format!("{key:<60}{value:<40}").trim_end().to_owned();
    let mut lines = vec![
        row("Name", &project.name),
        row("Description", &one_line(&project.comment)),
        row("Type", "managed"),
        row("Owner", &project.owner.to_string()),
        row("CreatedTime", &project.created.plain()),
    ];
    if properties {
        lines.extend([String::new(), "Properties:".to_owned()]);
        let shown = project.shown_properties().into_iter();
        lines.extend(shown.map(|property| row(property.key(), project.property(property))));
    }
    if let Some((rows, bytes)) = extended {
        lines.extend([String::new(), "Extended Properties:".to_owned()]);
        lines.push(row("rowCount", &rows.to_string()));
        lines.push(row("usedSize", &bytes.to_string()));
    }
    Ok(Outcome::lines(lines))
}

fn list(projects: Vec<Project>) -> Outcome {
    let heads = ["Project Name", "Comment", "Type", "Status", "Creation Time", "Last Modified Time", "Owner"];
    let columns = heads.map(|name| ResultColumn { name: name.to_owned(), data_type: DataType::String }).to_vec();
    let count = projects.len();
    let rows = projects
        .into_iter()
        .map(|project| {
            let status = match project.status {
                crate::model::Status::Normal => "AVAILABLE",
                crate::model::Status::Frozen => "FROZEN",
            };
            [
                project.name.clone(),
                project.comment.clone(),
                "managed".to_owned(),
                status.to_owned(),
                project.created.plain(),
                project.modified.plain(),
                project.owner.to_string(),
            ]
            .map(Cell::Text)
            .to_vec()
        })
        .collect();
    let rows = Rows {
        columns,
        layout: Layout::Percent(vec![20, 20, 10, 10, 15, 15, 10]),
        ordered: true,
        chunks: Box::new(std::iter::once(Ok(Chunk::Rows(rows)))),
    };
    Outcome { items: vec![Item::Rows(rows), Item::Status(format!("{count} projects"))] }
}
