//! `desc` of tables, views and partitions.

use super::columns::whole_partition;
use super::information;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{derived, part};
use crate::command::outcome::{Description, Extended, Outcome, PartitionDescription, TableDescription};
use crate::command::refusal::Refusal;
use crate::command::resolve::{self, Named};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Table, TableKind};
use crate::security::{Access, Request};
use crate::store::{Partition, Snapshot};
use crate::syntax::TableName;
use crate::syntax::table::PartitionValues;

pub(super) fn bind(
    name: &TableName,
    extended: bool,
    partition: Option<&PartitionValues>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    if let Some(information) = information::describe(name, extended, partition.is_some(), context, snapshot)? {
        return Ok(information);
    }
    let named = resolve::table(name, context, snapshot)?;
    let mut request = Request::in_session(context, vec![Access::of(Action::Describe, named.object.clone()).into()]);
    // Of a partition nothing is shown but what is derived from data; of a table names and types as well (FLW-2a).
    match (partition, &named.table) {
        (Some(_), _) => request.flows = derived(&named.object, context),
        // The files of an external table are not looked at, so nothing is derived from them.
        (None, Some(table)) if table.kind == TableKind::Table && table.external.is_none() => {
            request.parts = vec![part(&named.object, Vec::new(), context)];
        }
        (None, _) => {}
    }
    let has_schemas = context.naming()?.has_schemas;
    Ok(Bound::when_allowed(request, || {
        let (table, partition) = described(&named, partition, snapshot).map_err(|refusal| refusal.at(name.span()))?;
        let schema = has_schemas.then(|| table.schema.to_string());
        Ok(Work::show_parts(move |snapshot, shown| {
            let description = match &partition {
                Some(partition) => Description::Partition(describe_partition(snapshot, &table, partition)?),
                None => {
                    let is_shown = shown.includes(&table.object());
                    let described = describe_table(snapshot, &table, extended, is_shown)?;
                    Description::Table(TableDescription { schema, ..described })
                }
            };
            Ok(Outcome::described(description).and_status("OK"))
        }))
    }))
}

/// The table or view, and the partition of it, if only that is described.
fn described(
    named: &Named,
    partition: Option<&PartitionValues>,
    snapshot: &Snapshot<'_>,
) -> Result<(Table, Option<Partition>), Refusal> {
    let Some(values) = partition else { return Ok((named.expect_any()?.clone(), None)) };
    let table = named.expect_internal()?;
    let spec = whole_partition(table, values)?;
    match snapshot.partitions(table.id)?.into_iter().find(|partition| partition.spec == spec) {
        Some(partition) => Ok((table.clone(), Some(partition))),
        None => Err(Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name)).into()),
    }
}

/// A table or view; with what is derived from its rows, or without.
fn describe_table(snapshot: &Snapshot<'_>, table: &Table, extended: bool, derived: bool) -> Result<TableDescription> {
    // A view has no rows of its own.
    let derived = derived || table.kind == TableKind::View || table.external.is_some();
    let (rows, bytes) = snapshot.size(table.id)?;
    let files = if extended { snapshot.files(table.id)?.len() } else { 0 };
    let extended = extended.then(|| Extended { files: derived.then_some(files as u64), rows: derived.then_some(rows) });
    Ok(TableDescription {
        modified: derived.then_some(table.modified).filter(|_| table.external.is_none()),
        bytes: derived.then_some(bytes).filter(|_| table.external.is_none()),
        labels: snapshot.labels_of(table.id)?,
        extended,
        ..TableDescription::of(table)
    })
}

fn describe_partition(snapshot: &Snapshot<'_>, table: &Table, partition: &Partition) -> Result<PartitionDescription> {
    let files = snapshot.files(table.id)?;
    let own = files.iter().filter(|file| file.partition == partition.spec);
    Ok(PartitionDescription {
        project: table.project.name.to_string(),
        table: table.name.clone(),
        partition: partition.spec.clone(),
        created: partition.created,
        modified: partition.modified,
        bytes: own.map(|file| file.bytes).sum(),
    })
}
