use std::collections::BTreeSet;

use crate::error::{Code, Error, Result};
use crate::model::{Column, ColumnId, DataType, Generator, PartitionSpec, Table};
use crate::syntax::table::{ColumnDefinition, Constant, PartitionValues};
use crate::text::is_identifier;

/// Most columns of a table. Source: "Limits", tables.
const COLUMNS: usize = 1200;
/// Most partition columns of a table. Source: "Limits", tables.
const PARTITION_LEVELS: usize = 6;

/// Longest value of a partition column, in bytes. Source: "Limits", partitions.
const PARTITION_VALUE: usize = 255;

/// The columns of a definition, each without a number yet.
pub(super) fn columns(definitions: &[ColumnDefinition]) -> Vec<Column> {
    let column = |definition: &ColumnDefinition| Column {
        id: ColumnId(0),
        name: definition.name.text.clone(),
        data_type: definition.data_type.clone(),
        comment: definition.comment.clone().unwrap_or_default(),
        nullable: !definition.not_null,
        default: definition.default.as_ref().and_then(|default| match default {
            Constant::Null => None,
            Constant::Flag(value) => Some(value.to_string()),
            Constant::Number(text) | Constant::Text(text) => Some(text.clone()),
        }),
        is_key: false,
        generator: definition
            .generator
            .as_ref()
            .map(|(column, unit)| Generator { column: column.text.clone(), unit: *unit }),
    };
    definitions.iter().map(column).collect()
}

/// The refusal where a partition is named whose values are calculated. Source: "AUTO PARTITION": they cannot be given.
pub(in crate::command) fn generated(table: &Table) -> Box<Error> {
    let (column, from) = table.generator().map_or(("", ""), |(column, from)| (&column.name, &from.column));
    Error::new(Code::Semantic, format!("the values of `{column}` are calculated from `{from}`"))
        .help(format!("insert rows without `partition (…)`: each goes to the partition of its `{from}`"))
}

/// Checks what holds for the columns of any table together.
///
/// # Errors
/// No column, too many, two of one name, or a partition column of a type that cannot be one.
pub(in crate::command) fn check_columns(columns: &[Column], partition_columns: &[Column]) -> Result<()> {
    let wrong = |message: String| Err(Error::new(Code::Semantic, message));
    if columns.is_empty() {
        return wrong("a table needs a column that is not a partition column".to_owned());
    }
    if columns.len() + partition_columns.len() > COLUMNS {
        return wrong(format!("a table has at most {COLUMNS} columns"));
    }
    if partition_columns.len() > PARTITION_LEVELS {
        return wrong(format!("a table has at most {PARTITION_LEVELS} partition columns"));
    }
    let mut names = BTreeSet::new();
    for column in columns.iter().chain(partition_columns) {
        // Names that were typed as such are checked by their parser; here are also those that a query gave.
        if !is_identifier(&column.name) {
            let shown: String = column.name.chars().take(40).collect();
            return wrong(format!("`{shown}` cannot be the name of a column: letters, digits and `_` can"));
        }
        if !names.insert(column.name.as_str()) {
            return wrong(format!("column `{}` is defined twice", column.name));
        }
    }
    match partition_columns.iter().find(|column| !column.data_type.partitions()) {
        Some(column) => wrong(format!("partition column `{}` cannot be of type {}", column.name, column.data_type)),
        None => Ok(()),
    }
}

/// The partition that `partition (…)` names completely.
///
/// # Errors
/// The values do not name every partition column of the table, each once.
pub(in crate::command) fn whole_partition(table: &Table, values: &PartitionValues) -> Result<PartitionSpec> {
    if !table.is_partitioned() {
        return Err(Error::new(Code::Semantic, format!("table `{}` has no partitions", table.name)));
    }
    let mut spec = Vec::new();
    for column in &table.partition_columns {
        let mut named = values.iter().filter(|(name, _)| name.text == column.name);
        match (named.next(), named.next()) {
            (Some((name, value)), None) => {
                let value = partition_value(column, value).map_err(|error| error.at(name.span))?;
                spec.push((column.name.clone(), value));
            }
            _ => {
                return Err(Error::new(Code::Semantic, format!("the partition must give `{}` one value", column.name))
                    .help(format!("table `{}` is partitioned by {}", table.name, names(table))));
            }
        }
    }
    known_columns(table, values)?;
    Ok(PartitionSpec(spec))
}

/// A value as a partition column of its type holds it: `'01'` in a `tinyint` column is 1.
///
/// # Errors
/// An empty value, or one that does not fit the type.
pub(in crate::command) fn partition_value(column: &Column, value: &str) -> Result<String> {
    let misfit = || {
        Error::new(
            Code::Semantic,
            format!("`{value}` is not a value of type {} for partition column `{}`", column.data_type, column.name),
        )
    };
    if value.is_empty() {
        return Err(Error::new(Code::Semantic, format!("partition column `{}` cannot be empty", column.name)));
    }
    // Source: "Partitions": no characters of two bytes.
    if value.len() > PARTITION_VALUE || !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Error::new(
            Code::Semantic,
            format!(
                "a value of partition column `{}` has at most {PARTITION_VALUE} characters of printable ASCII",
                column.name
            ),
        ));
    }
    let integer = |lowest: i64, highest: i64| match value.trim().parse::<i64>() {
        Ok(number) if (lowest..=highest).contains(&number) => Ok(number.to_string()),
        _ => Err(misfit()),
    };
    let within = |length: u32| match value.chars().count() <= length as usize {
        true => Ok(value.to_owned()),
        false => Err(misfit()),
    };
    match &column.data_type {
        DataType::Tinyint => integer(i64::from(i8::MIN), i64::from(i8::MAX)),
        DataType::Smallint => integer(i64::from(i16::MIN), i64::from(i16::MAX)),
        DataType::Int => integer(i64::from(i32::MIN), i64::from(i32::MAX)),
        DataType::Bigint => integer(i64::MIN, i64::MAX),
        DataType::Varchar(length) | DataType::Char(length) => within(*length),
        DataType::Date => match chrono::NaiveDate::parse_from_str(value.trim(), "%Y-%m-%d") {
            Ok(day) => Ok(day.format("%Y-%m-%d").to_string()),
            Err(_) => Err(misfit()),
        },
        DataType::Float
        | DataType::Double
        | DataType::Decimal(..)
        | DataType::String
        | DataType::Binary
        | DataType::Boolean
        | DataType::Datetime
        | DataType::Timestamp
        | DataType::TimestampNtz
        | DataType::Json
        | DataType::Array(_)
        | DataType::Map(..)
        | DataType::Struct(_) => Ok(value.to_owned()),
    }
}

/// Values of some partition columns, each as its column holds it.
pub(in crate::command) fn partial_partition(table: &Table, values: &PartitionValues) -> Result<PartitionSpec> {
    known_columns(table, values)?;
    let mut spec = Vec::new();
    for (name, value) in values {
        for column in table.partition_columns.iter().filter(|column| column.name == name.text) {
            spec.push((column.name.clone(), partition_value(column, value).map_err(|error| error.at(name.span))?));
        }
    }
    Ok(PartitionSpec(spec))
}

/// Checks that only partition columns are named.
pub(in crate::command) fn known_columns(table: &Table, values: &PartitionValues) -> Result<()> {
    match values.iter().find(|(name, _)| !table.partition_columns.iter().any(|column| column.name == name.text)) {
        Some((name, _)) => {
            Err(Error::new(Code::Semantic, format!("`{}` is not a partition column of `{}`", name.text, table.name))
                .at(name.span))
        }
        None => Ok(()),
    }
}

fn names(table: &Table) -> String {
    table.partition_columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}
