//! `desc` of tables, views and partitions: the box of 86 characters. Source: odpscmd.

use super::lines::write_line;
use super::style::Target;
use crate::command::{Extended, PartitionDescription, TableDescription};
use crate::model::{Column, Labels, Stored, TableKind};
use crate::text::one_line;

/// Writes a table or view as a person sees it.
pub fn table(table: &TableDescription, target: Target, text: &mut String) {
    let mut lines =
        vec![String::new(), rule(), labelled("Owner:", &table.owner.to_string()), labelled("Project:", &table.project)];
    lines.extend(table.schema.as_ref().map(|schema| labelled("Schema:", schema)));
    lines.extend([
        format!("| TableComment: {:<68} |", one_line(&table.comment)),
        rule(),
        labelled("CreateTime:", &table.created.plain()),
        labelled("LastDDLTime:", &table.defined.plain()),
    ]);
    lines.extend(table.modified.map(|modified| labelled("LastModifiedTime:", &modified.plain())));
    lines.extend(table.lifecycle.map(|days| labelled("Lifecycle:", &days.to_string())));
    lines.push(rule());
    let labels = table.labels.are_set().then_some(table.labels.as_ref());
    if let Some(labels) = labels {
        lines.push(labelled("TableLabel:", &labels.table.to_string()));
        lines.push(labelled("MaxLabel:", &format!("L{}", labels.range().1)));
        lines.push(rule());
    }
    match (table.kind, table.bytes) {
        _ if table.external.is_some() => lines.push(wide("ExternalTable: YES")),
        (TableKind::Table, Some(bytes)) => lines.push(format!("| InternalTable: YES      | Size: {bytes:<50} |")),
        (TableKind::Table, None) => lines.push(wide("InternalTable: YES")),
        (TableKind::View, _) => {
            lines.push(wide("VirtualView  : YES"));
            lines.push(format!("| ViewText: {:<72} |", one_line(table.view_text.as_deref().unwrap_or_default())));
        }
    }
    lines.extend([rule(), wide("Native Columns:"), rule()]);
    lines.extend(match table.extended {
        Some(_) => extended_columns(&table.columns, labels),
        None => native_columns(&table.columns, labels),
    });
    lines.push(rule());
    if !table.partition_columns.is_empty() {
        lines.extend([wide("Partition Columns:"), rule()]);
        lines.extend(table.partition_columns.iter().map(|column| {
            let Column { name, data_type, comment, .. } = column;
            format!("| {name:<15} | {:<10} | {:<51} |", data_type.to_string(), one_line(comment))
        }));
        lines.push(rule());
    }
    if let Some(Extended { files, rows }) = table.extended {
        lines.extend([wide("Extended Info:"), rule()]);
        if let (Some(bytes), Some(files), Some(rows)) = (table.bytes, files, rows) {
            lines.push(labelled("PhysicalSize:", &bytes.to_string()));
            lines.push(labelled("FileNum:", &files.to_string()));
            lines.push(labelled("RecordNum:", &rows.to_string()));
        }
        if let Some(external) = &table.external {
            let (reader, stored) = external.format.clause();
            let handler = match stored {
                Stored::By(handler) => handler,
                Stored::As(format) => reader.unwrap_or(format),
            };
            lines.push(labelled("StorageHandler:", handler));
            lines.push(labelled("Location:", &external.location.to_string()));
            let options = external.serde.iter().chain(&external.properties);
            lines.extend(options.map(|(key, value)| labelled(&format!("{key}:"), &one_line(value))));
        }
        if table.transactional {
            lines.push(labelled("Transactional:", "true"));
        }
        lines.push(rule());
    }
    lines.iter().for_each(|line| write_line(line, target, text));
}

/// Writes a partition as a person sees it.
pub fn partition(partition: &PartitionDescription, target: Target, text: &mut String) {
    let lines = [
        String::new(),
        rule(),
        format!("| PartitionSize: {:<67} |", partition.bytes),
        rule(),
        labelled("CreateTime:", &partition.created.plain()),
        labelled("LastDDLTime:", &partition.created.plain()),
        labelled("LastModifiedTime:", &partition.modified.plain()),
        rule(),
    ];
    lines.iter().for_each(|line| write_line(line, target, text));
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

/// The label of a column; nothing where the table has none.
fn label_of(column: &Column, labels: Option<&Labels>) -> String {
    labels.map(|labels| labels.of_column(&column.name).to_string()).unwrap_or_default()
}

fn native_columns(columns: &[Column], labels: Option<&Labels>) -> Vec<String> {
    let row = |name: &str, data_type: &str, label: &str, comment: &str| {
        format!("| {name:<15} | {data_type:<10} | {label:<5} | {comment:<43} |")
    };
    let mut lines = vec![row("Field", "Type", "Label", "Comment"), rule()];
    lines.extend(columns.iter().map(|column| {
        row(&column.name, &column.data_type.to_string(), &label_of(column, labels), &one_line(&column.comment))
    }));
    lines
}

fn extended_columns(columns: &[Column], labels: Option<&Labels>) -> Vec<String> {
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
        let (data_type, label) = (column.data_type.to_string(), label_of(column, labels));
        row([
            &column.name,
            &data_type,
            &label,
            "",
            nullable,
            column.default.as_deref().unwrap_or("NULL"),
            &one_line(&column.comment),
        ])
    }));
    lines
}
