//! Results that can be fetched again: kept while they are shown, and read back as they were.
//!
//! Few rows become bytes that the state holds; more become a data file. A result that cannot be kept stops no query.

mod read;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use datafusion::arrow::datatypes::{FieldRef, Schema};

pub use read::kept;
pub(super) use write::Keeper;
pub use write::{Keep, Kept};

use super::provider::column_name;
use super::types;
use crate::model::{Column, ColumnId, DataType, ResultColumn};

/// The columns as they are kept, by position: names may repeat. Text of every type is kept as it came out, without being cut.
fn stored(columns: &[ResultColumn]) -> Vec<Column> {
    let stored = columns.iter().enumerate().map(|(place, column)| {
        let id = ColumnId(i64::try_from(place).unwrap_or(i64::MAX));
        let data_type = match &column.data_type {
            DataType::Char(_) | DataType::Varchar(_) | DataType::Json => DataType::String,
            other => other.clone(),
        };
        Column {
            id,
            name: column_name(id),
            data_type,
            comment: String::new(),
            nullable: true,
            default: None,
            is_key: false,
            generator: None,
        }
    });
    stored.collect()
}

fn schema(columns: &[Column]) -> Arc<Schema> {
    let fields: Vec<FieldRef> =
        columns.iter().map(|column| Arc::new(types::to_field(&column.name, &column.data_type))).collect();
    Arc::new(Schema::new(fields))
}
