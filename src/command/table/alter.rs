use super::alter_external::check;
use super::columns::{check_columns, columns, generated, whole_partition};
use super::create::check_clusters;
use super::drop::job;
use super::partitions::{drop_chosen, drop_matching, drop_partition, is_part, known_partition, merge_partitions};
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::derived;
use crate::command::outcome::Outcome;
use crate::command::policy::READS;
use crate::command::resolve;
use crate::command::{external, external_schema};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, DataType, Grantee, JobType, Location, Object, Operation, PartitionSpec, PolicyHolder, Table, TableKind,
    Time,
};
use crate::policy::{Effect, ExceptionPolicy};
use crate::security::{Access, Facts, Request, Requirement, Reverse, Rights};
use crate::store::{Snapshot, Write};
use crate::syntax::table::{Alteration, Choice, ColumnDefinition, PartitionValues, Task};
use crate::syntax::{Name, TableName};

pub(super) fn bind(
    name: &TableName,
    change: &Alteration,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let mut request = job(Action::Alter, &named, context, snapshot)?;
    match change {
        Alteration::Rename(name) | Alteration::RenameView(name) => {
            let project = resolve::project_object(&named.object.project, snapshot)?;
            let container = resolve::container(&named.object.place(), snapshot)?;
            request.requirements.push(Access::inside(Action::CreateTable, container).into());
            // Who sets exceptions decides what they let out; a rename must not (ACC-10).
            if is_excepted_anew(&named.object, name, snapshot)? {
                request.requirements.push(Access::of(Action::SetSecurityConfiguration, project).into());
            }
            request.requirements.extend(renamed_policies(&named.object, name, snapshot)?);
        }
        Alteration::ChangeOwner(owner) => {
            let grantee =
                Requirement::GrantTo { project: named.object.project.clone(), grantee: Grantee::User(owner.clone()) };
            let requirements = vec![
                resolve::job_requirement(context, snapshot)?,
                Access::of(Action::ChangeOwner, named.object.clone()).into(),
                grantee,
            ];
            request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
        }
        Alteration::AddPartitionAt { if_not_exists, location, .. } => {
            if !if_not_exists {
                request.flows = derived(&named.object, context);
            }
            let location = Location::parse(&location.text).map_err(|error| error.at(location.span))?;
            request.requirements.push(external::at(&location, &named.object.project, &Rights::Invoker));
        }
        // Whether it succeeds tells which partitions there are (FLW-2a).
        Alteration::Maintain(Some(_), _)
        | Alteration::Analyze(Some(_), _)
        | Alteration::RenamePartition(..)
        | Alteration::MergePartitions { .. }
        | Alteration::AddPartitions { if_not_exists: false, .. }
        | Alteration::DropPartitions { if_exists: false, .. }
        | Alteration::DropMatching { if_exists: false, .. } => {
            request.flows = derived(&named.object, context);
        }
        Alteration::AddColumns { .. }
        | Alteration::DropColumns(_)
        | Alteration::RenameColumn(..)
        | Alteration::ChangeColumn(..)
        | Alteration::Layout { .. }
        | Alteration::NullableColumn(_)
        | Alteration::CommentColumn(..)
        | Alteration::AddPartitions { .. }
        | Alteration::DropPartitions { .. }
        | Alteration::DropMatching { .. }
        | Alteration::Comment(_)
        | Alteration::Lifecycle(_)
        | Alteration::Analyze(None, _)
        | Alteration::Maintain(None, _) => {}
    }
    Ok(Bound::when_allowed(request, || {
        let found = match change {
            Alteration::ChangeOwner(_) => named.expect_any(),
            Alteration::RenameView(_) => named.expect_view(),
            Alteration::Rename(_)
            | Alteration::AddColumns { .. }
            | Alteration::DropColumns(_)
            | Alteration::RenameColumn(..)
            | Alteration::ChangeColumn(..)
            | Alteration::Layout { .. }
            | Alteration::NullableColumn(_)
            | Alteration::CommentColumn(..)
            | Alteration::AddPartitions { .. }
            | Alteration::AddPartitionAt { .. }
            | Alteration::DropPartitions { .. }
            | Alteration::DropMatching { .. }
            | Alteration::RenamePartition(..)
            | Alteration::MergePartitions { .. }
            | Alteration::Comment(_)
            | Alteration::Lifecycle(_)
            | Alteration::Analyze(..)
            | Alteration::Maintain(..) => named.expect_table(),
        };
        let table = found.map_err(|refusal| refusal.at(name.span()))?.clone();
        external_schema::check_changes(&table, snapshot).map_err(|error| error.at(name.span()))?;
        check(&table, change, context).map_err(|error| error.at(name.span()))?;
        check_partitions(&table, change).map_err(|error| error.at(name.span()))?;
        let given: &[ColumnDefinition] = if let Alteration::AddColumns { columns, .. } = change {
            columns
        } else if let Alteration::ChangeColumn(_, column, _) = change {
            std::slice::from_ref(column)
        } else {
            &[]
        };
        let dialect = context.dialect(snapshot)?;
        given.iter().try_for_each(|definition| dialect.check_type(&definition.data_type))?;
        if let Some(column) = given.iter().find(|column| column.default.is_some()) {
            let error = Error::new(Code::Unsupported, "not supported: a default of a column of a table that is there");
            return Err(error.at(column.name.span).help("remove `default`, or make the table with it").into());
        }
        let change = change.clone();
        Ok(Work::change(move |write, now| {
            apply(write, &table, &change, now)?;
            Ok(Outcome::ok())
        }))
    }))
}

/// What renaming takes where policies say something else of the new name (ACC-10): GrantPrivs where an Allow names it that did not name the
/// old one, or a Deny named the old one and does not name it; GrantDownload if it is about downloads (DLC-2); and not being bound by that Deny
/// (POL-11).
///
/// A caller with Alter and without GrantPrivs learns from the refusal that a policy uses a name. Requiring GrantPrivs for every new name would
/// hide that, but would refuse every rename to holders of Alter.
fn renamed_policies(object: &Object, name: &Name, snapshot: &Snapshot<'_>) -> Result<Vec<Requirement>> {
    let project = &object.project;
    // Those of the object, and those of managing what is granted on it.
    let uris = |name: &str| {
        let named = Object { name: name.into(), ..object.clone() };
        [Action::Select, Action::GrantPrivs].map(|action| Access::of(action, named.clone()).uris()).concat()
    };
    let (old, new) = (uris(&object.name), uris(&name.text));
    let roles = snapshot.roles_with_policies(project.id)?.into_iter().map(PolicyHolder::Role);
    let mut requirements: Vec<Requirement> = Vec::new();
    let is_controlled = snapshot.project_by_id(project.id)?.is_some_and(|project| project.has_download_control());
    let (mut opens, mut gives_download) = (false, false);
    let tenant_roles = snapshot.tenant_roles_added_to(project.id)?.into_iter().map(PolicyHolder::TenantRole);
    for holder in std::iter::once(PolicyHolder::Project).chain(roles).chain(tenant_roles) {
        let policy = snapshot.policy(project.id, &holder)?;
        let Some(Ok(policy)) = policy.as_deref() else { continue };
        let on = |effect, uris: &[String]| policy.statements_on(effect, uris);
        let added = &on(Effect::Allow, &new) - &on(Effect::Allow, &old);
        let lifted = &on(Effect::Deny, &old) - &on(Effect::Deny, &new);
        opens |= !added.is_empty() || !lifted.is_empty();
        gives_download |= policy.names_any(&added, &[Action::Download])
            || policy.names_any(&lifted, &[Action::Download])
            || is_controlled && policy.names_any(&lifted, &READS);
        if !lifted.is_empty() {
            requirements.push(Requirement::Unbound { project: project.clone(), holder });
        }
    }
    requirements.extend(opens.then(|| Access::of(Action::GrantPrivs, object.clone()).into()));
    requirements.extend(gives_download.then(|| Access::of(Action::GrantDownload, object.clone()).into()));
    Ok(requirements)
}

/// Whether an exception that does not name an object would name it under its new name.
fn is_excepted_anew(object: &Object, name: &Name, snapshot: &Snapshot<'_>) -> Result<bool> {
    let Some(project) = snapshot.project_by_id(object.project.id)? else { return Ok(false) };
    let policy = project.security.exception.as_deref().map(|text| ExceptionPolicy::parse(text, &project.name));
    Ok(matches!(policy, Some(Ok(policy)) if policy.lists_anew(object, &name.text)))
}

/// Partitions whose values are calculated are not named anew.
fn check_partitions(table: &Table, change: &Alteration) -> Result<()> {
    let names = matches!(
        change,
        Alteration::AddPartitions { .. } | Alteration::RenamePartition(..) | Alteration::MergePartitions { .. }
    );
    if names && table.generator().is_some() { Err(generated(table)) } else { Ok(()) }
}

fn apply(write: &Write<'_>, table: &Table, change: &Alteration, now: Time) -> Result<()> {
    match change {
        Alteration::Rename(name) | Alteration::RenameView(name) => {
            if name.text != table.name && write.table(&table.place(), &name.text)?.is_some() {
                let taken = table.place().qualified(&name.text);
                return Err(Error::new(Code::TableExists, taken).at(name.span));
            }
            write.rename_table(table.id, &name.text, now)
        }
        Alteration::ChangeOwner(owner) => write.set_table_owner(table.id, owner, now),
        Alteration::Comment(comment) => write.set_table_details(table.id, comment, table.lifecycle, now),
        Alteration::Lifecycle(days) => write.set_table_details(table.id, &table.comment, Some(*days), now),
        Alteration::AddColumns { if_not_exists, columns: definitions } => {
            let mut new = columns(definitions);
            let is_there = |column: &crate::model::Column| table.all_columns().any(|known| known.name == column.name);
            new.retain(|column| !*if_not_exists || !is_there(column));
            if let Some(column) = new.iter().find(|column| !column.nullable) {
                return Err(Error::new(
                    Code::Semantic,
                    format!("new column `{}` must allow NULL: existing rows have no value in it", column.name),
                ));
            }
            write.number_columns(&mut new)?;
            let all = [table.columns.clone(), new].concat();
            check_columns(&all, &table.partition_columns)?;
            redefine(write, table, &all, now)
        }
        Alteration::DropColumns(names) => {
            let mut kept = table.columns.clone();
            for name in names {
                column(table, name)?;
                if !kept.iter().any(|column| column.name == name.text) {
                    return Err(
                        Error::new(Code::Semantic, format!("column `{}` is named twice", name.text)).at(name.span)
                    );
                }
                kept.retain(|column| column.name != name.text);
                write.drop_column_grants(table.id, &name.text)?;
            }
            check_columns(&kept, &table.partition_columns)?;
            redefine(write, table, &kept, now)
        }
        Alteration::RenameColumn(from, to) => {
            let all = renamed_column(write, table, from, to)?;
            redefine(write, table, &all, now)
        }
        Alteration::ChangeColumn(from, definition, after) => {
            change_column(write, table, (from, definition, after.as_ref()), now)
        }
        Alteration::Layout { transactional, layout } => {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            check_clusters(layout, &names, table.transactional)?;
            // Source: "Transactional tables": a table is one from its creation.
            if transactional.is_some_and(|transactional| transactional != table.transactional) {
                let message = format!("`transactional` of table `{}` cannot be changed", table.name);
                return Err(Error::new(Code::Semantic, message)
                    .help("create another table with `tblproperties (\"transactional\"=\"true\")` and fill it"));
            }
            write.touch_definition(table.id, now)
        }
        Alteration::NullableColumn(name) => {
            let mut all = table.columns.clone();
            column(table, name)?;
            all.iter_mut().filter(|column| column.name == name.text).for_each(|column| column.nullable = true);
            redefine(write, table, &all, now)
        }
        Alteration::CommentColumn(name, comment) => {
            let mut all = table.columns.clone();
            column(table, name)?;
            all.iter_mut()
                .filter(|column| column.name == name.text)
                .for_each(|column| column.comment.clone_from(comment));
            redefine(write, table, &all, now)
        }
        Alteration::AddPartitions { if_not_exists, partitions } => {
            for values in partitions {
                let spec = whole_partition(table, values)?;
                if write.partition(table.id, &spec)?.is_some() && !if_not_exists {
                    return Err(partition_exists(table, &spec));
                }
                write.ensure_partition(table.id, &spec, now)?;
            }
            write.touch_definition(table.id, now)?;
            write.note_version(table.id, Operation::Create, now)
        }
        Alteration::AddPartitionAt { if_not_exists, partition, location } => {
            let spec = whole_partition(table, partition)?;
            if write.partition(table.id, &spec)?.is_some() {
                return if *if_not_exists { Ok(()) } else { Err(partition_exists(table, &spec)) };
            }
            write.ensure_partition(table.id, &spec, now)?;
            write.set_partition_location(table.id, &spec, &Location::parse(&location.text)?)?;
            write.touch_definition(table.id, now)
        }
        Alteration::RenamePartition(from, to) => {
            let id = known_partition(write, table, from)?;
            let to = whole_partition(table, to)?;
            if write.partition(table.id, &to)?.is_some() {
                return Err(partition_exists(table, &to));
            }
            write.rename_partition(id, &to)?;
            write.touch_definition(table.id, now)
        }
        Alteration::MergePartitions { if_exists, partitions, target, purge } => {
            let changed = merge_partitions(write, table, (partitions, *if_exists), target, now)?;
            let purged = changed.into_iter().filter(|_| *purge);
            purged.into_iter().try_for_each(|partition| write.purge_partition(table.id, partition))
        }
        Alteration::Analyze(partition, columns) => {
            // Every write leaves exact statistics behind.
            check_partition(write, table, partition.as_ref())?;
            let unknown = columns.iter().find(|name| table.all_columns().all(|known| known.name != name.text));
            unknown.map_or(Ok(()), |name| column(table, name))
        }
        Alteration::Maintain(partition, task) => maintain(write, table, partition.as_ref(), *task, now),
        Alteration::DropMatching { if_exists, filter } => drop_matching(write, table, filter, *if_exists, now),
        Alteration::DropPartitions { if_exists, partitions } => {
            for values in partitions {
                // Source: "Partition operations", drop: values of some columns are a condition.
                match is_part(table, values) {
                    true => drop_chosen(write, table, &Choice::Values(values.clone()), *if_exists)?,
                    false => drop_partition(write, table, values, *if_exists)?,
                }
            }
            write.touch_definition(table.id, now)?;
            write.note_version(table.id, Operation::Drop, now)
        }
    }
}

fn partition_exists(table: &Table, spec: &PartitionSpec) -> Box<Error> {
    Error::new(Code::Partition, format!("partition {spec} of `{}` already exists", table.name))
}

/// The columns of a table, one of them under another name: its grants go with it.
fn renamed_column(write: &Write<'_>, table: &Table, from: &Name, to: &Name) -> Result<Vec<crate::model::Column>> {
    let mut all = table.columns.clone();
    column(table, from)?;
    for column in all.iter_mut().filter(|column| column.name == from.text && from.text != to.text) {
        column.name.clone_from(&to.text);
        write.note_renamed_column(column.id)?;
    }
    check_columns(&all, &table.partition_columns)?;
    write.rename_column_grants(table.id, &from.text, &to.text)?;
    Ok(all)
}

/// `change column <old> <new> <type> [comment] [after <column>]`: a column keeps its type or gets a wider one, and keeps whether it is `not null`.
fn change_column(
    write: &Write<'_>,
    table: &Table,
    (from, definition, after): (&Name, &ColumnDefinition, Option<&Name>),
    now: Time,
) -> Result<()> {
    let to = &definition.name;
    let mut all = renamed_column(write, table, from, to)?;
    for column in all.iter_mut().filter(|column| column.name == to.text) {
        if column.data_type != definition.data_type && !widens(&column.data_type, &definition.data_type) {
            let message = format!(
                "column `{}` is {}, which is not changed to {}",
                from.text, column.data_type, definition.data_type
            );
            return Err(Error::new(Code::Unsupported, format!("not supported: {message}"))
                .at(to.span)
                .help("add a column of the new type and fill it"));
        }
        column.data_type = definition.data_type.clone();
        if definition.not_null && column.nullable {
            let message = format!("column `{}` allows NULL, and cannot be made `not null`", from.text);
            return Err(Error::new(Code::Semantic, message).at(to.span));
        }
        if let Some(comment) = &definition.comment {
            column.comment.clone_from(comment);
        }
    }
    if let Some(after) = after {
        moved(&mut all, to, after)?;
    }
    redefine(write, table, &all, now)
}

/// Puts a column behind another one. Source: "Column operations", change the order: labels, grants and stored values go by the number of a column.
fn moved(all: &mut Vec<crate::model::Column>, column: &Name, after: &Name) -> Result<()> {
    let Some(from) = all.iter().position(|known| known.name == column.text) else { return Ok(()) };
    let column = all.remove(from);
    let Some(to) = all.iter().position(|known| known.name == after.text) else {
        let message = format!("there is no other column `{}` to put `{}` behind", after.text, column.name);
        return Err(Error::new(Code::Semantic, message).at(after.span));
    };
    all.insert(to + 1, column);
    Ok(())
}

/// Chosen: every insert and upload merges small files, so there is nothing to merge; rows are stored in one way, which no tier changes.
fn maintain(
    write: &Write<'_>,
    table: &Table,
    partition: Option<&PartitionValues>,
    task: Task,
    now: Time,
) -> Result<()> {
    check_partition(write, table, partition)?;
    match task {
        // Source: "Table operations", touch: the time of the last change is now.
        Task::Touch => match partition {
            Some(values) => write.touch_partition(known_partition(write, table, values)?, now),
            None => write.touch_rows(table.id, Operation::Update, now),
        },
        // A lifecycle is not enforced, switched on or off.
        Task::Merge | Task::EnableLifecycle | Task::DisableLifecycle => Ok(()),
        // Source: odpscmd.
        // Rows that change are written into whole files.
        Task::CompactMajor | Task::CompactMinor if table.transactional => Ok(()),
        Task::CompactMajor | Task::CompactMinor => {
            Err(Error::new(Code::Semantic, format!("{} is not a transactional table.", table.name)))
        }
        Task::Archive | Task::Freeze | Task::Restore => {
            Err(Error::new(Code::AccessDenied, format!("{task} is not allowed in project config."))
                .help("tables have one tier of storage here"))
        }
    }
}

/// Whether a partition that is named is there.
fn check_partition(write: &Write<'_>, table: &Table, partition: Option<&PartitionValues>) -> Result<()> {
    let Some(values) = partition else { return Ok(()) };
    let spec = whole_partition(table, values)?;
    match write.partition(table.id, &spec)? {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name))),
    }
}

/// Whether every value of a type is one of the other type, and reads the same. Source: "Column operations", data types that can be changed.
fn widens(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    match (from, to) {
        (T::Tinyint, T::Smallint | T::Int | T::Bigint)
        | (T::Smallint, T::Int | T::Bigint)
        | (T::Int, T::Bigint)
        | (T::Float, T::Double)
        | (T::Varchar(_) | T::Char(_), T::String) => true,
        (T::Varchar(from), T::Varchar(to)) | (T::Char(from), T::Char(to) | T::Varchar(to)) => from <= to,
        _ => false,
    }
}

/// The partition columns behind changed columns: what one of them is calculated from may have another name, and stays what it is.
fn calculated(table: &Table, columns: &[crate::model::Column]) -> Result<Vec<crate::model::Column>> {
    let mut partition_columns = table.partition_columns.clone();
    for from in partition_columns.iter_mut().filter_map(|column| column.generator.as_mut()) {
        let old = table.columns.iter().find(|column| column.name == from.column);
        let kept = old.and_then(|old| columns.iter().find(|new| new.id == old.id && new.data_type == old.data_type));
        let Some(kept) = kept else {
            let message = format!("the partitions of `{}` are calculated from `{}`", table.name, from.column);
            return Err(Error::new(Code::Semantic, message).help("only its name and its comment can change"));
        };
        from.column.clone_from(&kept.name);
    }
    Ok(partition_columns)
}

fn redefine(write: &Write<'_>, table: &Table, columns: &[crate::model::Column], now: Time) -> Result<()> {
    for key in table.columns.iter().filter(|column| column.is_key) {
        let same = |column: &crate::model::Column| {
            column.id == key.id && column.is_key && column.data_type == key.data_type && column.nullable == key.nullable
        };
        // Source: "Delta tables": rows are found by it.
        if !columns.iter().any(same) {
            let message = format!("cannot alter primary key column `{}` except for its name and comment", key.name);
            return Err(Error::new(Code::Semantic, message));
        }
    }
    write.set_columns(table.id, columns, &calculated(table, columns)?)?;
    write.touch_definition(table.id, now)
}

fn column(table: &Table, name: &Name) -> Result<()> {
    if table.kind == TableKind::Table && table.columns.iter().any(|column| column.name == name.text) {
        return Ok(());
    }
    let message = if table.partition_columns.iter().any(|column| column.name == name.text) {
        format!("`{}` is a partition column and cannot be changed", name.text)
    } else {
        format!("table `{}` has no column `{}`", table.name, name.text)
    };
    Err(Error::new(Code::Semantic, message).at(name.span))
}
