//! New rows of a table with a primary key take the places of those that have their keys.

use std::sync::Arc;

use datafusion::common::{Column, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, JoinType, LogicalPlanBuilder, lit};

use super::change::{ROW, numbered};
use super::engine::{Cancel, Started};
use super::failure::failure;
use super::provider::ManifestTable;
use super::write::{self, WriteTarget};
use crate::cipher::DataKey;
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, Table};

/// The column that numbers the new rows of one key: no column of a table has this name.
const PLACE: &str = "?place";

/// Writes the rows of `new` and those of `old` whose keys no new row has, all of one partition, into new files. Source: "Delta tables": of several
/// new rows with one key the last one counts.
pub(super) fn upsert(
    started: Arc<Started>,
    table: &Table,
    (new, old): (&[DataFile], &[DataFile]),
    (prefix, key): (&str, Option<&DataKey>),
    cancel: &Cancel,
) -> Result<Vec<DataFile>> {
    let Some(first) = new.first() else { return Ok(Vec::new()) };
    if new.iter().chain(old).any(|file| file.partition != first.partition) {
        return Err(Error::new(Code::Internal, "files of several partitions cannot be written together"));
    }
    let plan = plan(table, new, old).map_err(failure)?;
    let target = WriteTarget {
        table: table.clone(),
        columns: table.columns.iter().map(|column| column.id).collect(),
        fixed: first.partition.0.clone(),
        dynamic: Vec::new(),
        prefix: prefix.to_owned(),
        key: key.cloned(),
    };
    write::write(started, &plan, None, &Arc::default(), &target, cancel)
}

fn plan(
    table: &Table,
    new: &[DataFile],
    old: &[DataFile],
) -> datafusion::common::Result<datafusion::logical_expr::LogicalPlan> {
    let provider = |table: &Table, files: &[DataFile]| {
        let provider = ManifestTable::provider(table, files);
        provider.map(provider_as_source).map_err(super::failure::carry)
    };
    let columns: Vec<usize> = (0..table.columns.len()).collect();
    let of = |relation: &str, name: &str| Column::new(Some(TableReference::bare(relation)), name);
    let keys = |relation: &str| -> Vec<Column> {
        table.columns.iter().filter(|column| column.is_key).map(|column| of(relation, &column.name)).collect()
    };
    let row = table.columns.len() + table.partition_columns.len();
    let with_row = columns.iter().copied().chain([row]).collect();
    let place = row_number()
        .partition_by(keys("new").into_iter().map(Expr::Column).collect())
        .order_by(vec![Expr::Column(of("new", ROW)).sort(false, false)])
        .build()?
        .alias(PLACE);
    let values = table.columns.iter().map(|column| Expr::Column(of("new", &column.name)));
    let latest = LogicalPlanBuilder::scan("new", provider(&numbered(table.clone()), new)?, Some(with_row))?
        .window([place])?
        .filter(Expr::Column(Column::new_unqualified(PLACE)).eq(lit(1_u64)))?
        .project(values.collect::<Vec<_>>())?;
    if old.is_empty() {
        return latest.build();
    }
    let others = LogicalPlanBuilder::scan("other", provider(table, new)?, Some(columns.clone()))?.build()?;
    LogicalPlanBuilder::scan("old", provider(table, old)?, Some(columns))?
        .join(others, JoinType::LeftAnti, (keys("old"), keys("other")), None)?
        .union(latest.build()?)?
        .build()
}
