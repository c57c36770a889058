//! `desc`: the box of 86 characters. Source: odpscmd.

use super::columns::whole_partition;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{derived, part};
use crate::command::outcome::{Item, Outcome};
use crate::command::refusal::Refusal;
use crate::command::resolve::{self, Named};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Column, Table, TableKind};
use crate::security::{Access, Request};
use crate::store::{Partition, Snapshot};
use crate::syntax::TableName;
use crate::syntax::table::PartitionValues;
use crate::text::one_line;

pub(super) fn bind(
    name: &TableName,
    extended: bool,
    partition: Option<&PartitionValues>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let mut request = Request::in_session(context, vec![Access::of(Action::Describe, named.object.clone()).into()]);
    // Of a partition nothing is shown but what is derived from data; of a table names and types as well (FLW-2a).
    match (partition, &named.table) {
        (Some(_), _) => request.flows = derived(&named.object, context),
        (None, Some(table)) if table.kind == TableKind::Table => {
            request.parts = vec![part(&named.object, Vec::new(), context)];
        }
        (None, _) => {}
    }
    Ok(Bound::when_allowed(request, || {
        let (table, partition) = described(&named, partition, snapshot).map_err(|refusal| refusal.at(name.span()))?;
        Ok(Work::show_parts(move |snapshot, shown| {
            let lines = match &partition {
                Some(partition) => partition_lines(snapshot, &table, partition)?,
                None => table_lines(snapshot, &table, extended, shown.includes(&table.object()))?,
            };
            let mut outcome = Outcome::lines(std::iter::once(String::new()).chain(lines));
            outcome.items.push(Item::Status("OK".to_owned()));
            Ok(outcome)
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
    let table = named.expect_table()?;
    let spec = whole_partition(table, values)?;
    match snapshot.partitions(table.id)?.into_iter().find(|partition| partition.spec == spec) {
        Some(partition) => Ok((table.clone(), Some(partition))),
        None => Err(Error::new(Code::PartitionNotFound, format!("partition {spec} of `{}`", table.name)).into()),
    }
}

fn rule() -> String {
    format!("+{}+", "-".repeat(84))
}

fn labelled(label: &str, value: &str) -> String {
    format!("| {label:<26}{value:<56} |")
}

fn wide(text: &str) -> String {
    format!("| {text:<82} |")
}

/// The lines of a table or view; with what is derived from its rows, or without.
fn table_lines(snapshot: &Snapshot<'_>, table: &Table, extended: bool, derived: bool) -> Result<Vec<String>> {
    let mut lines = vec![
        rule(),
        labelled("Owner:", &table.owner.to_string()),
        labelled("Project:", &table.project.name),
        format!("| TableComment: {:<68} |", one_line(&table.comment)),
        rule(),
        labelled("CreateTime:", &table.created.plain()),
        labelled("LastDDLTime:", &table.defined.plain()),
    ];
    // A view has no rows of its own.
    let derived = derived || table.kind == TableKind::View;
    lines.extend(derived.then(|| labelled("LastModifiedTime:", &table.modified.plain())));
    lines.extend(table.lifecycle.map(|days| labelled("Lifecycle:", &days.to_string())));
    lines.push(rule());
    let (rows, bytes) = snapshot.size(table.id)?;
    match table.kind {
        TableKind::Table if derived => lines.push(format!("| InternalTable: YES      | Size: {bytes:<50} |")),
        TableKind::Table => lines.push(wide("InternalTable: YES")),
        TableKind::View => {
            lines.push(wide("VirtualView  : YES"));
            lines.push(format!("| ViewText: {:<72} |", one_line(table.view_text.as_deref().unwrap_or_default())));
        }
    }
    lines.extend([rule(), wide("Native Columns:"), rule()]);
    lines.extend(if extended { extended_columns(&table.columns) } else { native_columns(&table.columns) });
    lines.push(rule());
    if table.is_partitioned() {
        lines.extend([wide("Partition Columns:"), rule()]);
        lines.extend(table.partition_columns.iter().map(|column| {
            format!(
                "| {:<15} | {:<10} | {:<51} |",
                column.name,
                column.data_type.to_string(),
                one_line(&column.comment)
            )
        }));
        lines.push(rule());
    }
    if extended {
        let files = snapshot.files(table.id)?.len();
        lines.extend([wide("Extended Info:"), rule()]);
        if derived {
            lines.push(labelled("PhysicalSize:", &bytes.to_string()));
            lines.push(labelled("FileNum:", &files.to_string()));
            lines.push(labelled("RecordNum:", &rows.to_string()));
        }
        lines.push(rule());
    }
    Ok(lines)
}

fn native_columns(columns: &[Column]) -> Vec<String> {
    let row = |name: &str, data_type: &str, label: &str, comment: &str| {
        format!("| {name:<15} | {data_type:<10} | {label:<5} | {comment:<43} |")
    };
    let mut lines = vec![row("Field", "Type", "Label", "Comment"), rule()];
    lines.extend(
        columns.iter().map(|column| row(&column.name, &column.data_type.to_string(), "", &one_line(&column.comment))),
    );
    lines
}

fn extended_columns(columns: &[Column]) -> Vec<String> {
    let row = |cells: [&str; 7]| {
        let [name, data_type, label, extended, nullable, default, comment] = cells;
        format!(
            "| {name:<8} | {data_type:<6} | {label:<5} | {extended:<13} | {nullable:<8} | {default:<12} | {comment:<12} |"
        )
    };
    let mut lines =
        vec![row(["Field", "Type", "Label", "ExtendedLabel", "Nullable", "DefaultValue", "Comment"]), rule()];
    lines.extend(columns.iter().map(|column| {
        let nullable = if column.nullable { "true" } else { "false" };
        row([&column.name, &column.data_type.to_string(), "", "", nullable, "NULL", &one_line(&column.comment)])
    }));
    lines
}

fn partition_lines(snapshot: &Snapshot<'_>, table: &Table, partition: &Partition) -> Result<Vec<String>> {
    let files = snapshot.files(table.id)?;
    let bytes: u64 = files.iter().filter(|file| file.partition == partition.spec).map(|file| file.bytes).sum();
    Ok(vec![
        rule(),
        format!("| PartitionSize: {bytes:<67} |"),
        rule(),
        labelled("CreateTime:", &partition.created.plain()),
        labelled("LastDDLTime:", &partition.created.plain()),
        labelled("LastModifiedTime:", &partition.modified.plain()),
        rule(),
    ])
}
