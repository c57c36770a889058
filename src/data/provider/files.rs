//! Names, partition values and groups of data files.

use datafusion::common::ScalarValue;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;

use super::types;
use crate::error::{Code, Error, Result};
use crate::model::{ColumnId, DataFile, Table};

/// The name of a column inside data files: its number, so that a new column never shows a dropped one's values.
pub fn column_name(column: ColumnId) -> String {
    format!("c{}", column.0)
}

/// The values of the partition that `file` belongs to, in the order of the partition columns.
pub fn partition_values(table: &Table, file: &DataFile) -> Result<Vec<ScalarValue>> {
    let values = file.partition.values();
    table
        .partition_columns
        .iter()
        .map(|column| {
            let wrong = || {
                Error::new(
                    Code::Execution,
                    format!(
                        "a partition of `{}` has no usable value for `{}` {}",
                        table.name, column.name, column.data_type
                    ),
                )
            };
            let value = values.get(column.name.as_str()).ok_or_else(wrong)?;
            ScalarValue::try_from_string((*value).to_owned(), &types::to_arrow(&column.data_type)).map_err(|_| wrong())
        })
        .collect()
}

/// Spreads files over at most `count` groups of like size, which are read side by side; the order within a group stays.
pub fn groups(files: Vec<PartitionedFile>, count: usize) -> Vec<FileGroup> {
    let count = count.clamp(1, files.len().max(1));
    let mut groups: Vec<(u64, Vec<PartitionedFile>)> = (0..count).map(|_| (0, Vec::new())).collect();
    for file in files {
        if let Some((bytes, group)) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            *bytes = bytes.saturating_add(file.effective_size().max(1));
            group.push(file);
        }
    }
    groups.into_iter().filter(|(_, group)| !group.is_empty()).map(|(_, group)| FileGroup::new(group)).collect()
}
