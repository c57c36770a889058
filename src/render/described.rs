use super::form::form;
use super::style::Target;
use super::{describe, explanation, grants, json, lines, package};
use crate::command::{Description, Explanation, Grants};
use crate::model::{DataType, OutputMode, Record, ResultColumn, Row};

/// Writes an object with its properties.
pub fn description(description: &Description, mode: OutputMode, target: Target, text: &mut String) {
    match (mode, description) {
        (OutputMode::Table, Description::Table(table)) => describe::table(table, target, text),
        (OutputMode::Table, Description::Partition(partition)) => describe::partition(partition, target, text),
        (OutputMode::Table, Description::Package(described)) => package::write(described, target, text),
        _ => record(&description.record(), mode, target, text),
    }
}

/// Writes grants: for a program, a row for each.
pub fn grants(grants: &Grants, mode: OutputMode, target: Target, text: &mut String) {
    match mode {
        OutputMode::Table => grants::lines(grants).iter().for_each(|line| lines::write_line(line, target, text)),
        _ => rows(Grants::FIELDS.into_iter(), &grants.rows(), mode, target, text),
    }
}

/// Writes why a statement is allowed or denied.
pub fn explanation(explanation: &Explanation, mode: OutputMode, target: Target, text: &mut String) {
    match mode {
        OutputMode::Table => {
            explanation::lines(explanation).iter().for_each(|line| lines::write_line(line, target, text));
        }
        _ => record(&explanation.record(), mode, target, text),
    }
}

/// Writes a record for a program: one object in JSON, else one row.
pub fn record(record: &Record, mode: OutputMode, target: Target, text: &mut String) {
    if mode == OutputMode::Json {
        return json::document(record, target, text);
    }
    if record.iter().next().is_none() && mode != OutputMode::Ndjson {
        return;
    }
    let row: Row = record.iter().map(|(_, value)| value.clone()).collect();
    rows(record.iter().map(|(name, _)| name), &[row], mode, target, text);
}

fn rows<'n>(names: impl Iterator<Item = &'n str>, rows: &[Row], mode: OutputMode, target: Target, text: &mut String) {
    let column = |name: &str| ResultColumn { name: name.to_owned(), data_type: DataType::String };
    let columns: Vec<ResultColumn> = names.map(column).collect();
    let mut form = form(mode, target, &columns, None);
    form.head(text);
    rows.iter().for_each(|row| form.row(row, text));
    form.end(text);
}
