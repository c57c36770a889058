//! Which rows go to which partition.

use std::ops::Range;

use datafusion::arrow::array::RecordBatch;
use datafusion::logical_expr::LogicalPlan;

use super::{WriteTarget, convert, sorted};
use crate::data::cells;
use crate::data::failure::failure;
use crate::error::{Code, Error, Result};
use crate::model::{Column, PartitionSpec};

/// Longest value of a partition column, in bytes. Source: "Limits": 255 bytes.
const LONGEST: usize = 255;

/// The plan with the rows of one partition side by side, so that one file at a time is open.
pub(super) fn group(plan: &LogicalPlan, dynamic: usize) -> Result<LogicalPlan> {
    if dynamic == 0 { Ok(plan.clone()) } else { sorted(plan.clone(), dynamic).map_err(failure) }
}

/// Runs of rows of the same partition, in order.
pub(super) fn ranges(batch: &RecordBatch, target: &WriteTarget) -> Result<Vec<(PartitionSpec, Range<usize>)>> {
    let mut values: Vec<(&Column, Vec<Option<String>>)> = Vec::new();
    for (offset, name) in target.dynamic.iter().enumerate() {
        let column = target.table.partition_columns.iter().find(|column| column.name == *name);
        let (Some(column), Some(array)) = (column, batch.columns().get(target.columns.len() + offset)) else {
            return Err(Error::new(Code::Internal, "a partition is written by an unknown column"));
        };
        let array = convert::column(Some(array), column, batch.num_rows())?;
        values.push((column, cells::texts(&array)?));
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
        match text {
            Some(Some(text)) if !text.is_empty() && text.len() <= LONGEST => Ok((name, text.clone())),
            Some(Some(text)) if text.len() > LONGEST => Err(Error::new(
                Code::Execution,
                format!("a value of the partition column `{name}` is longer than {LONGEST} bytes"),
            )),
            Some(_) => {
                Err(Error::new(Code::Execution, format!("a value of the partition column `{name}` is NULL or empty"))
                    .help(format!("leave such rows out: `where {name} is not null`")))
            }
            None => Err(Error::new(Code::Internal, "a partition column has no value")),
        }
    };
    target.table.partition_columns.iter().map(value).collect::<Result<Vec<_>>>().map(PartitionSpec)
}
