//! `show history`, `restore table`, `purge`: versions of tables in projects that keep them (DEL-1).

use super::columns::whole_partition;
use super::drop::job;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::derived;
use crate::command::outcome::{Item, Listing, Outcome};
use crate::command::refusal::{Refusal, there};
use crate::command::resolve::{self, Named};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Cell, DroppedTable, JobType, KeptPartition, Lsn, Object, ObjectId, ObjectKind, Operation, PartitionSpec,
    ProjectId, Property, Row, Table, TableKind, Time, Version,
};
use crate::security::{Access, Managed, Request};
use crate::store::{Snapshot, Write};
use crate::syntax::table::{PartitionRef, PartitionValues, Token, Versions};
use crate::syntax::{Qualifier, TableName, is_like};

pub(super) fn bind(statement: &Versions, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Versions::ShowTables { like } => bind_tables(like.as_deref(), context, snapshot),
        Versions::Show { table, token: None, partitions } => bind_show(table, partitions, context, snapshot),
        Versions::Show { table, token: Some(token), partitions } => {
            bind_show_dropped((table, token), partitions, context, snapshot)
        }
        Versions::RestoreTable { table, token } => bind_restore_table(table, token, context, snapshot),
        Versions::RestorePartitions { table, partitions } => {
            bind_restore_partitions(table, partitions, context, snapshot)
        }
        Versions::RestoreVersion { table, partitions, lsn } => {
            bind_restore_version(table, partitions, *lsn, context, snapshot)
        }
        Versions::Purge { table: name } => {
            let named = resolve::table(name, context, snapshot)?;
            let request = job(Action::Drop, &named, context, snapshot)?;
            Ok(Bound::when_allowed(request, || {
                let table = named.expect_internal().map_err(|refusal| refusal.at(name.span()))?.id;
                Ok(Work::change(move |write, _| {
                    write.purge_table(table)?;
                    Ok(Outcome::ok())
                }))
            }))
        }
        Versions::PurgeAll => {
            let project = resolve::current(context)?.id;
            // It ends what the property of the project promises.
            let requirements = vec![
                resolve::job_requirement(context, snapshot)?,
                resolve::project_requirement(Action::SetOtherProperty, context, snapshot)?,
            ];
            let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
            Ok(Bound::change(request, move |write, _| {
                write.purge_project(project)?;
                Ok(Outcome::ok())
            }))
        }
    }
}

/// Before when a version was replaced that is not kept any more, in this project at this time.
fn oldest_kept(project: ProjectId, now: Time, snapshot: &Snapshot<'_>) -> Result<Time> {
    let retention = snapshot.project_by_id(project)?.map_or(0, |project| project.retention());
    Ok(Time(now.0.saturating_sub(retention)))
}

/// What is said after a list that cannot have anything.
fn note_of(project: ProjectId, snapshot: &Snapshot<'_>) -> Result<Option<Item>> {
    let project = snapshot.project_by_id(project)?.filter(|project| project.retention() == 0);
    Ok(project.map(|project| {
        let key = Property::Retention.key();
        Item::Status(format!("project {} keeps no versions; `setproject {key}=<days>;` keeps them", project.name))
    }))
}

/// That a project keeps versions.
fn check_kept(project: &Object, snapshot: &Snapshot<'_>) -> Result<(), Refusal> {
    let found = snapshot.project_by_id(project.project.id)?;
    match found.is_some_and(|project| project.retention() > 0) {
        true => Ok(()),
        false => {
            Err(Error::new(Code::Conflict, format!("project {} keeps no versions of its tables", project.project.name))
                .help(format!(
                    "`setproject {}=<days>;` keeps them from then on, for 1 to 30 days",
                    Property::Retention.key()
                ))
                .into())
        }
    }
}

fn bind_tables(like: Option<&str>, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let place = resolve::place(&Qualifier::default(), context, snapshot)?;
    let list = Access::inside(Action::List, resolve::container(&place, snapshot)?);
    let (like, now) = (like.map(str::to_owned), context.now);
    Ok(Bound::show(Request::in_session(context, vec![list.into()]), move |snapshot| {
        resolve::check_listed(&place, None, snapshot)?;
        let fits = |name: &str| is_like(name, like.as_deref());
        let row = |name: &str, token: String, is_partitioned: bool, created: Time, dropped: Option<Time>| -> Row {
            vec![
                name.into(),
                token.into(),
                "MANAGED_TABLE".into(),
                is_partitioned.into(),
                created.into(),
                dropped.map_or(Cell::Null, Cell::from),
            ]
        };
        let mut rows = Vec::new();
        for (_, name) in snapshot.table_names(&place, TableKind::Table)? {
            let Some(table) = snapshot.table(&place, &name)?.filter(|table| fits(&name) && table.external.is_none())
            else {
                continue;
            };
            rows.push(row(&name, snapshot.token(table.id)?, table.is_partitioned(), table.created, None));
        }
        let oldest = oldest_kept(place.project.id, now, snapshot)?;
        for table in snapshot.dropped_tables(&place, oldest)?.into_iter().filter(|table| fits(&table.name)) {
            rows.push(row(&table.name, table.token, table.is_partitioned, table.created, Some(table.dropped)));
        }
        let mut outcome = Outcome::listing(Listing::KeptTables, rows);
        outcome.items.extend(note_of(place.project.id, snapshot)?);
        Ok(outcome.and_status("OK"))
    }))
}

/// The history of a table is data of it, and nothing else is shown (FLW-2a).
fn bind_show(
    name: &TableName,
    partitions: &[PartitionRef],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let request = showing(&named.object, false, context);
    let (partitions, now) = (partitions.to_vec(), context.now);
    Ok(Bound::when_allowed(request, || {
        let table = named.expect_internal().map_err(|refusal| refusal.at(name.span()))?.clone();
        let wanted = partitions.iter().map(|partition| match partition {
            PartitionRef::Values(values) => whole_partition(&table, values).map(Wanted::Spec),
            PartitionRef::Token(token) => Ok(Wanted::Token(token.0.clone())),
        });
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        Ok(Work::show(move |snapshot| {
            history((table.project.id, table.id), &table.object().local_name(), &wanted, now, snapshot)
        }))
    }))
}

fn bind_show_dropped(
    (name, token): (&TableName, &Token),
    partitions: &[PartitionRef],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (object, found, not_found) = dropped(name, token, context, snapshot)?;
    let request = showing(&object, true, context);
    let (partitions, now) = (partitions.to_vec(), context.now);
    Ok(Bound::when_allowed(request, || {
        there(&object, not_found)?;
        let Some(table) = found else { return Ok(Work::nothing()) };
        let wanted = partitions.into_iter().map(|partition| match partition {
            PartitionRef::Token(token) => Ok(Wanted::Token(token.0)),
            PartitionRef::Values(_) => {
                Err(Error::new(Code::Semantic, "a partition of a table that was dropped is named by its id")
                    .at(name.span())
                    .help("`show history for table <table> ('id'='…');` lists them"))
            }
        });
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        Ok(Work::show(move |snapshot| {
            history((table.place.project.id, table.id), &object.local_name(), &wanted, now, snapshot)
        }))
    }))
}

fn showing(object: &Object, is_dropped: bool, context: &Context<'_>) -> Request {
    let managed = Managed { is_dropped, ..Managed::default() };
    let access = Access { managed, ..Access::of(Action::ShowHistory, object.clone()) };
    Request { flows: derived(object, context), ..Request::in_session(context, vec![access.into()]) }
}

/// A partition whose versions are shown.
enum Wanted {
    Spec(PartitionSpec),
    Token(String),
}

impl Wanted {
    fn is(&self, partition: &KeptPartition) -> bool {
        match self {
            Self::Spec(spec) => *spec == partition.spec && partition.dropped.is_none(),
            Self::Token(token) => *token == partition.token,
        }
    }
}

/// The versions of a table and of its partitions, or of some partitions.
fn history(
    (project, table): (ProjectId, ObjectId),
    name: &str,
    wanted: &[Wanted],
    now: Time,
    snapshot: &Snapshot<'_>,
) -> Result<Outcome> {
    let oldest = oldest_kept(project, now, snapshot)?;
    let partitions = snapshot.kept_partitions(project, table, oldest)?;
    for one in wanted {
        if !partitions.iter().any(|partition| one.is(partition)) {
            let what = match one {
                Wanted::Spec(spec) => format!("partition {spec} of `{name}`"),
                Wanted::Token(token) => format!("no partition of `{name}` has the id {token}"),
            };
            return Err(Error::new(Code::PartitionNotFound, what));
        }
    }
    let token = snapshot.token(table)?;
    let row = |version: Version| -> Option<Row> {
        let (kind, token, name) = match version.partition {
            None if wanted.is_empty() => ("TABLE", token.clone(), name.to_owned()),
            None => return None,
            Some(id) => {
                let partition = partitions.iter().find(|partition| partition.id == id)?;
                let is_wanted = wanted.is_empty() || wanted.iter().any(|one| one.is(partition));
                is_wanted.then(|| ("PARTITION", partition.token.clone(), partition.spec.to_string()))?
            }
        };
        let Version { lsn, time, operation, .. } = version;
        Some(vec![kind.into(), token.into(), name.into(), lsn.to_string().into(), time.into(), operation.into()])
    };
    let rows = snapshot.versions(table, oldest)?.into_iter().filter_map(row).collect();
    let mut outcome = Outcome::listing(Listing::Versions, rows);
    outcome.items.extend(note_of(project, snapshot)?);
    Ok(outcome.and_status("OK"))
}

/// The table of this name that was dropped and has this id, as an object that is judged like any other, and what is said if there is none.
type Dropped = (Object, Option<DroppedTable>, Option<Box<Error>>);

fn dropped(name: &TableName, token: &Token, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Dropped> {
    let place = resolve::place(&name.qualifier, context, snapshot)?;
    let text = &name.name.text;
    let oldest = oldest_kept(place.project.id, context.now, snapshot)?;
    Ok(match snapshot.dropped_table(&place, text, &token.0.to_lowercase(), oldest)? {
        Some(table) => {
            let object = Object {
                kind: ObjectKind::Table,
                id: table.id.into(),
                project: place.project,
                schema: place.schema,
                name: text.as_str().into(),
                owner: table.owner.clone(),
            };
            (object, Some(table), None)
        }
        None => {
            let message = format!("no table {} that was dropped has this id", place.qualified(text));
            let error = Error::new(Code::TableNotFound, message)
                .at(name.span())
                .help("`show history for tables;` lists the tables that can be restored");
            (Object::unknown_in(ObjectKind::Table, place, text), None, Some(error))
        }
    })
}

/// Brings back a table that was dropped: who may make tables where it was, and owned it.
fn bind_restore_table(
    name: &TableName,
    token: &Token,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (object, found, not_found) = dropped(name, token, context, snapshot)?;
    let container = resolve::container(&object.place(), snapshot)?;
    let requirements = vec![
        resolve::job_requirement(context, snapshot)?,
        Access::inside(Action::CreateTable, container).into(),
        Access::of(Action::Undrop, object.clone()).into(),
    ];
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    Ok(Bound::when_allowed(request, || {
        check_kept(&object, snapshot).map_err(|refusal| refusal.at(name.span()))?;
        there(&object, not_found)?;
        resolve::check_schema(&object.place(), snapshot).map_err(|error| error.at(name.span()))?;
        let Some(table) = found else { return Ok(Work::nothing()) };
        snapshot.data_key(table.place.project.id)?;
        let span = name.span();
        Ok(Work::change(move |write, now| {
            write.undrop_table(&table, now).map_err(|error| error.at(span))?;
            Ok(Outcome::ok())
        }))
    }))
}

/// Changing rows back takes Update, and Alter besides. Whether it succeeds tells which versions and partitions there are (FLW-2a).
fn restoring(named: &Named, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Request> {
    let mut request = job(Action::Alter, named, context, snapshot)?;
    request.requirements.push(Access::of(Action::Update, named.object.clone()).into());
    request.flows = derived(&named.object, context);
    Ok(request)
}

fn restored(named: &Named, snapshot: &Snapshot<'_>) -> Result<Table, Refusal> {
    let table = named.expect_internal()?;
    check_kept(&named.object, snapshot)?;
    snapshot.data_key(table.project.id)?;
    Ok(table.clone())
}

fn bind_restore_partitions(
    name: &TableName,
    tokens: &[Token],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let request = restoring(&named, context, snapshot)?;
    let (tokens, span) = (tokens.to_vec(), name.span());
    Ok(Bound::when_allowed(request, || {
        let table = restored(&named, snapshot).map_err(|refusal| refusal.at(span))?;
        Ok(Work::change(move |write, now| {
            let oldest = oldest_kept(table.project.id, now, write)?;
            let mut units = Vec::new();
            for Token(token) in &tokens {
                let kept = write.kept_partitions(table.project.id, table.id, oldest)?;
                let fits =
                    |partition: &KeptPartition| partition.token == token.to_lowercase() && partition.dropped.is_some();
                let Some(partition) = kept.into_iter().find(fits) else {
                    let message = format!("no partition of `{}` that was dropped has the id {token}", table.name);
                    return Err(Error::new(Code::PartitionNotFound, message)
                        .at(span)
                        .help("`show history for table <table>;` lists the partitions that can be restored"));
                };
                write.restore_partition(table.id, &partition).map_err(|error| error.at(span))?;
                write.touch_partition(partition.id, now)?;
                units.push(partition.id);
            }
            write.touch_definition(table.id, now)?;
            write.note_restored(table.id, &units, now)?;
            Ok(Outcome::ok())
        }))
    }))
}

fn bind_restore_version(
    name: &TableName,
    partitions: &[PartitionValues],
    lsn: Lsn,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let request = restoring(&named, context, snapshot)?;
    let span = name.span();
    Ok(Bound::when_allowed(request, || {
        let table = restored(&named, snapshot).map_err(|refusal| refusal.at(span))?;
        let units = units(&table, partitions, snapshot).map_err(|error| error.at(span))?;
        Ok(Work::change(move |write, now| {
            restore(write, &table, &units, lsn, now).map_err(|error| error.at(span))?;
            Ok(Outcome::ok())
        }))
    }))
}

/// What of a table is restored: itself, or partitions.
fn units(table: &Table, partitions: &[PartitionValues], snapshot: &Snapshot<'_>) -> Result<Vec<Option<i64>>> {
    if table.has_key() {
        // Source: "Local backup", limits of Delta tables.
        return Err(Error::new(Code::Unsupported, "not supported: restoring a table with a primary key to a version")
            .help("such a table is restored only after it was dropped, as it was then"));
    }
    if table.is_partitioned() && partitions.is_empty() {
        return Err(Error::new(Code::Semantic, format!("table `{}` is restored partition by partition", table.name))
            .help("name them: `restore table <table> partition (<column>='<value>') to lsn '<version>';`"));
    }
    if partitions.is_empty() {
        return Ok(vec![None]);
    }
    let units = partitions.iter().map(|values| {
        let spec = whole_partition(table, values)?;
        let found = snapshot.partition(table.id, &spec)?;
        found.map(Some).ok_or_else(|| {
            Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name))
                .help("one that was dropped is restored by its id first")
        })
    });
    units.collect()
}

fn restore(write: &Write<'_>, table: &Table, units: &[Option<i64>], lsn: Lsn, now: Time) -> Result<()> {
    let oldest = oldest_kept(table.project.id, now, write)?;
    for unit in units {
        write.restore_version(table.id, *unit, lsn, oldest)?;
        unit.map_or(Ok(()), |partition| write.touch_partition(partition, now))?;
    }
    write.touch_rows(table.id, Operation::Restore, now)
}
