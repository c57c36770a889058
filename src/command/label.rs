//! Labels of data, levels of who reads it, and label grants (LAB-1 to LAB-5).

use super::bound::{Bound, Context, Work};
use super::grant::{GrantObject, role_of, target_object};
use super::label_shown::bind_show;
use super::outcome::{Item, Outcome};
use super::refusal::Refusal;
use super::{resolve, role};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Column, ColumnId, Grantee, LabelGrant, Labels, Level, ProjectRef, RoleKind, Table, Time};
use crate::security::{Access, Membership, Request, Requirement, membership};
use crate::store::{AclPlace, Snapshot, Write};
use crate::syntax::Name;
use crate::syntax::label::{Labelled, LabelledTable, Statement};
use crate::syntax::object::ObjectName;

/// Days until a label grant ends that does not say otherwise. Source: LABEL.
const DAYS: u64 = 180;

/// Chosen: the service says nothing.
const NOT_CHECKED: &str = "Warning: labels are not checked in this project: `set LabelSecurity=true;` checks them";

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::ShowGrants { .. } => true,
        Statement::Set { .. } | Statement::Unset { .. } | Statement::Grant { .. } | Statement::Revoke { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Set { level, of: Labelled::Grantee(grantee) } => set_level(grantee, *level, context, snapshot),
        Statement::Unset { level, of: Labelled::Grantee(grantee) } => unset_level(grantee, *level, context, snapshot),
        Statement::Set { level, of: Labelled::Table(table) } => {
            let level = *level;
            bind_labels(table, context, snapshot, move |write, table, columns, _| {
                check_source_of_partitions(table, columns, level)?;
                columns
                    .iter()
                    .try_for_each(|column| write.set_label(table.id, column.as_ref().map(|column| column.id), level))
            })
        }
        Statement::Unset { level, of: Labelled::Table(table) } => {
            let level = *level;
            bind_labels(table, context, snapshot, move |write, table, columns, labels| {
                for column in columns {
                    check_label(labels, table, column.as_ref(), level)?;
                    write.unset_label(table.id, column.as_ref().map(|column| column.id))?;
                }
                Ok(())
            })
        }
        Statement::Grant { level, table, grantee, days, inside } => {
            grant(*level, table, (grantee, *days), inside.as_ref(), context, snapshot)
        }
        Statement::Revoke { table, grantee, inside } => revoke(table, grantee, inside.as_ref(), context, snapshot),
        Statement::ShowGrants { level, shown, inside } => bind_show(*level, shown, inside.as_ref(), context, snapshot),
    }
}

/// The requirement for an action on the level of a member or role.
pub(super) fn about(
    grantee: &Grantee,
    (user, role): (Action, Action),
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Requirement> {
    match grantee {
        Grantee::User(_) => resolve::project_requirement(user, context, snapshot),
        Grantee::Role(name) => Ok(resolve::about_role(role, name, context, snapshot)?.into()),
    }
}

const SETTING: (Action, Action) = (Action::SetUserLabel, Action::SetRoleLabel);

fn set_level(grantee: &Grantee, level: Level, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let mut request = Request::in_session(context, vec![about(grantee, SETTING, context, snapshot)?]);
    // Raising gives; lowering takes, and is for everybody who may set levels.
    if level > snapshot.level_of(project.id, grantee)? {
        request.requirements.push(Requirement::GrantTo { project: project.clone(), grantee: grantee.clone() });
    }
    Ok(Bound::when_allowed(request, || {
        check_reader(grantee, &project, snapshot)?;
        let (grantee, is_checked) = (grantee.clone(), is_checked(&project, snapshot)?);
        Ok(Work::change(move |write, _| {
            write.set_level(project.id, &grantee, level)?;
            Ok(done(is_checked))
        }))
    }))
}

fn unset_level(grantee: &Grantee, level: Level, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let request = Request::in_session(context, vec![about(grantee, SETTING, context, snapshot)?]);
    Ok(Bound::when_allowed(request, || {
        check_reader(grantee, &project, snapshot)?;
        let (grantee, is_checked) = (grantee.clone(), is_checked(&project, snapshot)?);
        let set = snapshot.level_of(project.id, &grantee)?;
        if set != level {
            return Err(Error::new(Code::Conflict, format!("{grantee} has label {set}, not {level}"))
                .help(format!("write `unset label {set} to …`, or set another one with `set label`"))
                .into());
        }
        Ok(Work::change(move |write, _| {
            write.set_level(project.id, &grantee, Level::LOWEST)?;
            Ok(done(is_checked))
        }))
    }))
}

/// Members and roles of resource type have levels, and nobody else (LAB-5).
fn check_reader(grantee: &Grantee, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<()> {
    match grantee {
        Grantee::Role(name) => {
            check_role(grantee, project, snapshot, &format!("role `{name}` is of administrator type and has no label"))
        }
        Grantee::User(user) => {
            let known = snapshot.project_by_id(project.id)?;
            let is_member = match known {
                Some(known) => *membership(snapshot, &known, user)? != Membership::Outsider,
                None => false,
            };
            match is_member {
                true => Ok(()),
                false => Err(Error::new(Code::NotFound, format!("{user} is not a member of project {}", project.name))
                    .help(format!("`add user {user};` makes it one"))),
            }
        }
    }
}

/// A role must exist, and be of resource type.
fn check_role(grantee: &Grantee, project: &ProjectRef, snapshot: &Snapshot<'_>, refusal: &str) -> Result<()> {
    let Some(name) = role_of(grantee) else { return Ok(()) };
    match snapshot.role(project.id, name)? {
        None => Err(role::unknown_role(&Name { text: name.to_string(), ..Name::default() }, project, snapshot)?),
        Some(role) if role.kind == RoleKind::Admin => {
            Err(Error::new(Code::Conflict, refusal).help("use a role that was created without \"type\"=\"admin\""))
        }
        Some(_) => Ok(()),
    }
}

/// Values of partitions are listed to whoever may describe the table, and have no labels (LAB-5): what they are calculated from has none either.
fn check_source_of_partitions(table: &Table, columns: &[Option<Column>], level: Level) -> Result<()> {
    let Some((partition, generator)) = table.generator().filter(|_| level > Level::LOWEST) else { return Ok(()) };
    let is_source = |column: &Option<Column>| column.as_ref().is_none_or(|column| column.name == generator.column);
    if !columns.iter().any(is_source) {
        return Ok(());
    }
    let message = format!(
        "the partitions of `{}` show the values of `{}` to everyone who may describe the table",
        table.name, generator.column
    );
    Err(Error::new(Code::Conflict, message)
        .help(format!("label other columns, or make a table without `{}` in `auto partitioned by`", partition.name)))
}

/// A statement that changes the labels of a table or of columns of it; `change` is given the columns, or nothing for the table itself.
fn bind_labels(
    named: &LabelledTable,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
    change: impl FnOnce(&Write<'_>, &Table, &[Option<Column>], &Labels) -> Result<()> + 'static,
) -> Result<Bound> {
    let found = resolve::table(&named.table, context, snapshot)?;
    let access = Access::of(Action::SetDataLabel, found.object.clone());
    Ok(Bound::when_allowed(Request::in_session(context, vec![access.into()]), || {
        let table = found.expect_any()?.clone();
        let columns = columns(&table, &named.columns)?;
        let is_checked = is_checked(&table.project, snapshot)?;
        Ok(Work::change(move |write, _| {
            let labels = write.labels_of(table.id)?;
            change(write, &table, &columns, &labels)?;
            Ok(done(is_checked))
        }))
    }))
}

/// The columns of a table with these names; nothing for the table itself. Partition columns have no labels (LAB-5).
fn columns(table: &Table, names: &[Name]) -> Result<Vec<Option<Column>>> {
    if names.is_empty() {
        return Ok(vec![None]);
    }
    let column = |name: &Name| match table.columns.iter().find(|column| column.name == name.text) {
        Some(column) => Ok(Some(column.clone())),
        None if table.partition_columns.iter().any(|column| column.name == name.text) => {
            Err(Error::new(Code::Semantic, format!("`{}` is a partition column: those have no labels", name.text))
                .at(name.span)
                .help("label the columns whose values are sensitive"))
        }
        None => {
            Err(Error::new(Code::Semantic, format!("{} has no column `{}`", table.object(), name.text)).at(name.span))
        }
    };
    names.iter().map(column).collect()
}

/// What `unset` takes must be what is there.
fn check_label(labels: &Labels, table: &Table, column: Option<&Column>, level: Level) -> Result<()> {
    let (what, set) = match column {
        None => (table.object().to_string(), Some(labels.table)),
        Some(column) => (format!("column `{}`", column.name), labels.own(&column.name)),
    };
    match set {
        Some(set) if set == level => Ok(()),
        Some(set) => Err(Error::new(Code::Conflict, format!("{what} has label {set}, not {level}"))),
        None => Err(Error::new(Code::Conflict, format!("{what} has no label of its own"))),
    }
}

fn grant(
    level: Level,
    named: &LabelledTable,
    (grantee, days): (&Grantee, Option<u64>),
    inside: Option<&ObjectName>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let object = target_object(&named.target(), inside, context, snapshot)?;
    let project = object.place.project().clone();
    let receive = Requirement::GrantTo { project: project.clone(), grantee: grantee.clone() };
    let request = Request::in_session(context, vec![object.managed_by(Action::GrantLabel, &[]).into(), receive]);
    Ok(Bound::when_allowed(request, || {
        object.check_found()?;
        let columns = granted_columns(&object, &named.columns)?;
        check_role(grantee, &project, snapshot, &format!("{grantee} is of administrator type and receives no label"))?;
        if let Some(most) = object.shared.as_ref().map(|share| share.label).filter(|most| level > *most) {
            let message = format!("label {level} is above the label of {}, which is {most}", object.asked());
            let help = "the project that made the package sets its label with `allow project … using label <n>`";
            return Err(Error::new(Code::Conflict, message).help(help).into());
        }
        let is_checked = is_checked(&object.place.object.project, snapshot)?;
        let (grantee, grantor) = (grantee.clone(), context.principal.clone());
        Ok(Work::change(move |write, now| {
            for column in &columns {
                let name = column.as_ref().map(|column| column.name.clone());
                let grant = LabelGrant {
                    level,
                    column: name,
                    grantee: grantee.clone(),
                    grantor: grantor.clone(),
                    granted: now,
                    expires: end(now, days),
                };
                write.grant_label(&object.place, column.as_ref().map(|column| column.id), &grant)?;
            }
            Ok(done(is_checked))
        }))
    }))
}

/// When a label grant ends: never, if that is beyond the end of the calendar (LAB-5).
fn end(now: Time, days: Option<u64>) -> Option<Time> {
    let days = i64::try_from(days.unwrap_or(DAYS)).unwrap_or(i64::MAX);
    let end = now.plus_days(days);
    // What cannot be read back is beyond the calendar.
    Time::parse(&end.to_string()).map(|_| end)
}

/// The columns that a label grant names; partition columns need none.
fn granted_columns(object: &GrantObject, names: &[Name]) -> Result<Vec<Option<Column>>, Refusal> {
    match &object.table {
        Some(table) => Ok(columns(table, names)?),
        None => Ok(vec![None]),
    }
}

fn revoke(
    named: &LabelledTable,
    grantee: &Grantee,
    inside: Option<&ObjectName>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let object = target_object(&named.target(), inside, context, snapshot)?.for_revoking();
    let mut request = Request::in_session(context, vec![object.managed_by(Action::RevokeLabel, &[]).into()]);
    if uncovers(&object, grantee, &named.columns, context.now, snapshot)? {
        let project = object.place.project().clone();
        request.requirements.push(Requirement::GrantTo { project, grantee: grantee.clone() });
    }
    Ok(Bound::when_allowed(request, || {
        object.check_found()?;
        let columns: Vec<Option<ColumnId>> = granted_columns(&object, &named.columns)?
            .into_iter()
            .map(|column| column.map(|column| column.id))
            .collect();
        let (grantee, names) = (grantee.clone(), named.columns.clone());
        Ok(Work::change(move |write, _| {
            let mut taken = 0;
            if object.unusable {
                let columns: Vec<Option<&str>> = match names.as_slice() {
                    [] => vec![None],
                    names => names.iter().map(|name| Some(name.text.as_str())).collect(),
                };
                for column in columns {
                    taken += write.revoke_labels_unusable(&object.place, &grantee, column)?;
                }
            } else {
                for column in &columns {
                    taken += match column {
                        Some(column) => write.revoke_label(&object.place, &grantee, Some(*column))?,
                        // Revoking on the table revokes on its columns as well.
                        None => write.revoke_labels(&object.place, &grantee)?,
                    };
                }
            }
            let mut outcome = Outcome::authorization_ok();
            if taken == 0 {
                outcome.items.push(Item::Status(format!("Warning: {grantee} held no such label grant itself")));
            }
            Ok(outcome)
        }))
    }))
}

/// Whether taking grants on these columns gives something: a higher one on the table counts for them then (LAB-1, ACC-8).
fn uncovers(
    object: &GrantObject,
    grantee: &Grantee,
    columns: &[Name],
    now: Time,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    let AclPlace { object, inside } = &object.place;
    let grants = snapshot.label_grants_on(object, inside.as_ref())?;
    let own: Vec<&LabelGrant> = grants
        .iter()
        .map(|entry| &entry.grant)
        .filter(|grant| grant.grantee == *grantee && grant.is_valid(now))
        .collect();
    let on_table = own.iter().filter(|grant| grant.column.is_none()).map(|grant| grant.level).max();
    Ok(own.iter().any(|grant| {
        let is_taken = columns.iter().any(|column| grant.column.as_ref() == Some(&column.text));
        is_taken && on_table.is_some_and(|level| level > grant.level)
    }))
}

/// Whether a project checks labels.
fn is_checked(project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<bool> {
    Ok(snapshot.project_by_id(project.id)?.is_some_and(|project| project.security.label_security))
}

/// `OK`, and a warning where it has no effect yet.
fn done(is_checked: bool) -> Outcome {
    match is_checked {
        true => Outcome::authorization_ok(),
        false => Outcome::authorization_ok().and_status(NOT_CHECKED),
    }
}
