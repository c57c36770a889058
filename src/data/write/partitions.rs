//! Which rows go to which partition.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::logical_expr::LogicalPlan;

use super::{WriteTarget, convert, generated, sorted, sorted_by};
use crate::data::cells::{self, Style};
use crate::data::failure::failure;
use crate::error::{Code, Error, Result};
use crate::model::{Column, Dialect, PartitionSpec};

/// Longest value of a partition column, in bytes. Source: "Limits": 255 bytes.
const LONGEST: usize = 255;

/// The plan with the rows of one partition side by side, so that one file at a time is open.
pub(in crate::data) fn group(plan: &LogicalPlan, dynamic: usize) -> Result<LogicalPlan> {
    if dynamic == 0 { Ok(plan.clone()) } else { sorted(plan.clone(), dynamic).map_err(failure) }
}

/// Where the result has what the partitions of the rows are calculated from, if it is, and has it.
pub(super) fn source(target: &WriteTarget) -> Option<usize> {
    let (generated, from) = target.table.generator()?;
    let is_given = target.fixed.iter().any(|(name, _)| *name == generated.name);
    let column = target.table.columns.iter().find(|column| column.name == from.column && !is_given)?;
    target.columns.iter().position(|id| *id == column.id)
}

/// The plan in the order of one of its columns: rows of one partition are side by side, but where a text is a time only once it is converted.
pub(super) fn group_by(plan: &LogicalPlan, column: usize) -> Result<LogicalPlan> {
    let columns = plan.schema().columns();
    let key = columns.get(column..=column).unwrap_or_default();
    sorted_by(plan.clone(), key).map_err(failure)
}

/// Runs of rows of the same partition, in order; `stored` are the rows as the table holds them, or the result itself where nothing is calculated.
pub(in crate::data) fn ranges(
    (batch, stored): (&RecordBatch, &RecordBatch),
    target: &WriteTarget,
    dialect: &Arc<Dialect>,
) -> Result<Vec<(PartitionSpec, Range<usize>)>> {
    let mut values: Vec<(&Column, Vec<Option<String>>)> = Vec::new();
    for (offset, name) in target.dynamic.iter().enumerate() {
        let column = target.table.partition_columns.iter().find(|column| column.name == *name);
        if column.is_some_and(|column| column.generator.is_some()) {
            continue;
        }
        let (Some(column), Some(array)) = (column, batch.columns().get(target.columns.len() + offset)) else {
            return Err(Error::new(Code::Internal, "a partition is written by an unknown column"));
        };
        let array = convert::column(Some(array), column, batch.num_rows(), dialect)?;
        values.push((column, cells::texts(&array, Style::of(dialect))?));
    }
    if let Some((column, from)) = target.table.generator() {
        let at = target.table.columns.iter().position(|column| column.name == from.column);
        let Some(array) = at.and_then(|at| stored.columns().get(at)) else {
            return Err(Error::new(Code::Internal, "a partition is calculated from an unknown column"));
        };
        values.push((column, generated::values(array, from.unit)?));
    }
    let mut runs: Vec<(PartitionSpec, Range<usize>)> = Vec::new();
    for row in 0..batch.num_rows() {
        match runs.last_mut() {
            Some((_, run)) if values.iter().all(|(_, texts)| texts.get(run.start) == texts.get(row)) => {
                run.end = row + 1;
            }
            _ => runs.push((spec(row, &values, target)?, row..row + 1)),
        }
    }
    Ok(runs)
}

/// The partition of one row, its values in the order of the table's partition columns.
fn spec(row: usize, values: &[(&Column, Vec<Option<String>>)], target: &WriteTarget) -> Result<PartitionSpec> {
    let value = |column: &Column| -> Result<(String, String)> {
        let name = column.name.clone();
        if let Some((_, fixed)) = target.fixed.iter().find(|(fixed, _)| *fixed == name) {
            return Ok((name, fixed.clone()));
        }
        let text = values.iter().find(|(dynamic, _)| dynamic.name == name).and_then(|(_, texts)| texts.get(row));
        // Source: "ODPS-0123031", invalid dynamic partition value. The value itself is not told (FLW-10).
        let invalid = |why: String| {
            let message = format!("invalid dynamic partition value: a value of `{name}` {why}");
            Err(Error::new(Code::Partition, message)
                .help("leave such rows out with `where`, or write another value in their place"))
        };
        match text {
            Some(None) => invalid("is NULL".to_owned()),
            Some(Some(text)) if text.is_empty() => invalid("is empty".to_owned()),
            Some(Some(text)) if text.len() > LONGEST => invalid(format!("is longer than {LONGEST} bytes")),
            Some(Some(text)) if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
                invalid("has a character that is not printable ASCII".to_owned())
            }
            Some(Some(text)) => Ok((name, text.clone())),
            None => Err(Error::new(Code::Internal, "a partition column has no value")),
        }
    };
    target.table.partition_columns.iter().map(value).collect::<Result<Vec<_>>>().map(PartitionSpec)
}
