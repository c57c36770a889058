//! Many small files of one partition become one.

use std::sync::Arc;

use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::LogicalPlanBuilder;

use super::engine::{Cancel, Started};
use super::failure::failure;
use super::provider::ManifestTable;
use super::write::{self, WriteTarget};
use crate::cipher::DataKey;
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, Table};

/// Writes the rows of `files` into one new file of the same partition.
pub(super) fn merge(
    started: Arc<Started>,
    table: &Table,
    files: &[DataFile],
    (prefix, key): (&str, Option<&DataKey>),
    cancel: &Cancel,
) -> Result<DataFile> {
    let Some(first) = files.first() else {
        return Err(Error::new(Code::Internal, "no files to merge"));
    };
    if files.iter().any(|file| file.partition != first.partition) {
        return Err(Error::new(Code::Internal, "files of several partitions cannot be merged"));
    }
    let source = provider_as_source(ManifestTable::provider(table, files)?);
    let columns = (0..table.columns.len()).collect();
    let plan = LogicalPlanBuilder::scan(table.name.as_str(), source, Some(columns))
        .and_then(LogicalPlanBuilder::build)
        .map_err(failure)?;
    let target = WriteTarget {
        table: table.clone(),
        columns: table.columns.iter().map(|column| column.id).collect(),
        fixed: first.partition.0.clone(),
        dynamic: Vec::new(),
        prefix: prefix.to_owned(),
        key: key.cloned(),
    };
    let mut merged = write::write(started, &plan, None, &Arc::default(), &target, cancel)?;
    match (merged.pop(), merged.is_empty()) {
        (Some(file), true) => Ok(file),
        _ => Err(Error::new(Code::Internal, "files were merged into other than one file")),
    }
}
