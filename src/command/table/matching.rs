//! Which partitions a condition on their values means.

use std::cmp::Ordering;

use super::columns::partition_value;
use crate::error::{Code, Error, Result};
use crate::model::{Column, DataType, PartitionSpec, Table};
use crate::syntax::Name;
use crate::syntax::table::{Filter, Operator};

/// Whether the values of a partition satisfy a condition: numbers are compared as numbers, everything else as text.
///
/// # Errors
/// A name that is no partition column, or a value that its type does not have; whatever the partition.
pub(super) fn matches(filter: &Filter, table: &Table, spec: &PartitionSpec) -> Result<bool> {
    match filter {
        Filter::Compare(name, operator, value) => {
            let ordering = compared(name, value, table, spec)?;
            Ok(match operator {
                Operator::Equal => ordering.is_eq(),
                Operator::Different => ordering.is_ne(),
                Operator::Less => ordering.is_lt(),
                Operator::AtMost => ordering.is_le(),
                Operator::Greater => ordering.is_gt(),
                Operator::AtLeast => ordering.is_ge(),
            })
        }
        Filter::In(name, values) => {
            let found: Result<Vec<Ordering>> = values.iter().map(|value| compared(name, value, table, spec)).collect();
            Ok(found?.contains(&Ordering::Equal))
        }
        Filter::Not(inner) => Ok(!matches(inner, table, spec)?),
        // Every part is looked at, so that what is wrong does not depend on values.
        Filter::And(parts) => Ok(all(parts, table, spec)?.into_iter().all(|matches| matches)),
        Filter::Or(parts) => Ok(all(parts, table, spec)?.into_iter().any(|matches| matches)),
    }
}

fn all(parts: &[Filter], table: &Table, spec: &PartitionSpec) -> Result<Vec<bool>> {
    parts.iter().map(|part| matches(part, table, spec)).collect()
}

/// The value of a column, compared with another one.
fn compared(name: &Name, value: &str, table: &Table, spec: &PartitionSpec) -> Result<Ordering> {
    let column = partition_column(name, table)?;
    let value = partition_value(column, value).map_err(|error| error.at(name.span))?;
    let own = spec.values().get(column.name.as_str()).copied().unwrap_or_default().to_owned();
    let number = |text: &str| text.parse::<i64>().ok();
    Ok(match (&column.data_type, number(&own), number(&value)) {
        (DataType::Tinyint | DataType::Smallint | DataType::Int | DataType::Bigint, Some(own), Some(value)) => {
            own.cmp(&value)
        }
        _ => own.cmp(&value),
    })
}

fn partition_column<'t>(name: &Name, table: &'t Table) -> Result<&'t Column> {
    table.partition_columns.iter().find(|column| column.name == name.text).ok_or_else(|| {
        Error::new(Code::Semantic, format!("`{}` is not a partition column of `{}`", name.text, table.name))
            .at(name.span)
    })
}
