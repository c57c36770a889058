//! Names, partition values and groups of data files.

use datafusion::common::ScalarValue;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;

use super::types;
use crate::error::{Code, Error, Result};
use crate::model::{Column, ColumnId, DataFile, PartitionSpec, Table};

/// The name of a column inside data files: its number, so that a new column never shows a dropped one's values.
pub fn column_name(column: ColumnId) -> String {
    format!("c{}", column.0)
}

/// The values of the partition that `file` belongs to, in the order of these partition columns.
pub fn partition_values(table: &Table, columns: &[Column], file: &DataFile) -> Result<Vec<ScalarValue>> {
    of(table, columns, &file.partition)
}

/// The values of a partition, in the order of the table's partition columns.
pub fn values_of(table: &Table, partition: &PartitionSpec) -> Result<Vec<ScalarValue>> {
    of(table, &table.partition_columns, partition)
}

fn of(table: &Table, columns: &[Column], partition: &PartitionSpec) -> Result<Vec<ScalarValue>> {
    let values = partition.values();
    columns
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

/// Cuts files into at most `count` groups of like size, which are read side by side; all groups, one behind the other, are the files in
/// their order.
pub fn groups(files: Vec<PartitionedFile>, count: usize) -> Vec<FileGroup> {
    let count = count.clamp(1, files.len().max(1)) as u64;
    let all: u64 = files.iter().map(size).sum();
    let mut groups: Vec<Vec<PartitionedFile>> = (0..count).map(|_| Vec::new()).collect();
    let mut before = 0;
    for file in files {
        // The group that the file's middle falls into.
        let middle = u128::from(before + size(&file) / 2);
        before += size(&file);
        let at = usize::try_from(middle * u128::from(count) / u128::from(all.max(1))).unwrap_or(usize::MAX);
        if let Some(group) = groups.get_mut(at.min(count as usize - 1)) {
            group.push(file);
        }
    }
    groups.into_iter().filter(|group| !group.is_empty()).map(FileGroup::new).collect()
}

fn size(file: &PartitionedFile) -> u64 {
    file.effective_size().max(1)
}
