//! MaxCompute's data types as columns in memory, and back.
//!
//! Knows no values. Types that share a representation (text) keep their name beside the column.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Fields, TimeUnit};

use crate::model::{Column, DataType};

/// Where a column keeps the name of a type that its representation does not tell.
const TYPE_KEY: &str = "maxcompute.type";

/// The zone of moments. Chosen: UTC, so that results do not depend on the machine.
pub const ZONE: &str = "UTC";

/// The representation of a type.
pub fn to_arrow(data_type: &DataType) -> Arrow {
    match data_type {
        DataType::Tinyint => Arrow::Int8,
        DataType::Smallint => Arrow::Int16,
        DataType::Int => Arrow::Int32,
        DataType::Bigint => Arrow::Int64,
        DataType::Float => Arrow::Float32,
        DataType::Double => Arrow::Float64,
        DataType::Decimal(precision, scale) => Arrow::Decimal128(*precision, i8::try_from(*scale).unwrap_or(i8::MAX)),
        DataType::String | DataType::Varchar(_) | DataType::Char(_) | DataType::Json => Arrow::Utf8,
        DataType::Binary => Arrow::Binary,
        DataType::Boolean => Arrow::Boolean,
        DataType::Date => Arrow::Date32,
        DataType::Datetime => Arrow::Timestamp(TimeUnit::Millisecond, Some(ZONE.into())),
        DataType::Timestamp => Arrow::Timestamp(TimeUnit::Nanosecond, Some(ZONE.into())),
        DataType::TimestampNtz => Arrow::Timestamp(TimeUnit::Nanosecond, None),
        DataType::Array(item) => Arrow::List(Arc::new(to_field("item", item))),
        DataType::Map(key, value) => {
            let entries = Fields::from(vec![to_field("key", key).with_nullable(false), to_field("value", value)]);
            Arrow::Map(Arc::new(Field::new("entries", Arrow::Struct(entries), false)), false)
        }
        DataType::Struct(fields) => {
            Arrow::Struct(fields.iter().map(|(name, data_type)| to_field(name, data_type)).collect())
        }
    }
}

/// The type that a representation stands for.
///
/// Chosen: an untyped NULL is a `string`; representations that no MaxCompute type has are shown as text.
pub fn from_arrow(data_type: &Arrow) -> DataType {
    match data_type {
        Arrow::Boolean => DataType::Boolean,
        Arrow::Int8 => DataType::Tinyint,
        Arrow::Int16 | Arrow::UInt8 => DataType::Smallint,
        Arrow::Int32 | Arrow::UInt16 => DataType::Int,
        Arrow::Int64 | Arrow::UInt32 | Arrow::UInt64 => DataType::Bigint,
        Arrow::Float16 | Arrow::Float32 => DataType::Float,
        Arrow::Float64 => DataType::Double,
        Arrow::Decimal32(precision, scale)
        | Arrow::Decimal64(precision, scale)
        | Arrow::Decimal128(precision, scale)
        | Arrow::Decimal256(precision, scale) => decimal(*precision, *scale),
        Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView | Arrow::FixedSizeBinary(_) => DataType::Binary,
        Arrow::Date32 | Arrow::Date64 => DataType::Date,
        Arrow::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, Some(_)) => DataType::Datetime,
        Arrow::Timestamp(_, Some(_)) => DataType::Timestamp,
        Arrow::Timestamp(_, None) => DataType::TimestampNtz,
        Arrow::List(item)
        | Arrow::LargeList(item)
        | Arrow::FixedSizeList(item, _)
        | Arrow::ListView(item)
        | Arrow::LargeListView(item) => DataType::Array(Box::new(from_field(item))),
        Arrow::Map(entries, _) => match entries.data_type() {
            Arrow::Struct(fields) => {
                let part = |at: usize| fields.get(at).map_or(DataType::String, |field| from_field(field));
                DataType::Map(Box::new(part(0)), Box::new(part(1)))
            }
            _ => DataType::String,
        },
        Arrow::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| (field.name().clone(), from_field(field))).collect())
        }
        Arrow::Dictionary(_, value) => from_arrow(value),
        Arrow::RunEndEncoded(_, value) => from_field(value),
        Arrow::Utf8
        | Arrow::LargeUtf8
        | Arrow::Utf8View
        | Arrow::Null
        | Arrow::Time32(_)
        | Arrow::Time64(_)
        | Arrow::Duration(_)
        | Arrow::Interval(_)
        | Arrow::Union(..) => DataType::String,
    }
}

/// A column in memory, which remembers its type. Always nullable: a file may lack the column.
pub fn to_field(name: &str, data_type: &DataType) -> Field {
    let field = Field::new(name, to_arrow(data_type), true);
    match data_type {
        DataType::Varchar(_) | DataType::Char(_) | DataType::Json => {
            field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), data_type.to_string())]))
        }
        _ => field,
    }
}

/// Marks the type of a cast that gives NULL where a value does not fit, also in a strict session.
const LENIENT_KEY: &str = "maxcompute.lenient";

/// The same type, for such a cast.
pub fn lenient(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert(LENIENT_KEY.to_owned(), String::new());
    field.with_metadata(metadata)
}

/// Whether the type is that of such a cast.
pub fn is_lenient(field: &Field) -> bool {
    field.metadata().contains_key(LENIENT_KEY)
}

/// The type of a column in memory.
pub fn from_field(field: &Field) -> DataType {
    let named = field.metadata().get(TYPE_KEY).and_then(|name| text_type(name));
    match (named, field.data_type()) {
        (Some(named), Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View) => named,
        (_, data_type) => from_arrow(data_type),
    }
}

/// The columns of a table, as a query sees them.
pub fn to_fields<'a>(columns: impl IntoIterator<Item = &'a Column>) -> Vec<FieldRef> {
    columns.into_iter().map(|column| Arc::new(to_field(&column.name, &column.data_type))).collect()
}

fn decimal(precision: u8, scale: i8) -> DataType {
    let scale = u8::try_from(scale).unwrap_or(0).min(18);
    DataType::Decimal(precision.clamp(1, 38).max(scale), scale)
}

/// Reads `varchar(n)`, `char(n)` or `json`.
fn text_type(name: &str) -> Option<DataType> {
    let length = |prefix: &str| name.strip_prefix(prefix)?.strip_suffix(')')?.parse().ok();
    match name {
        "json" => Some(DataType::Json),
        _ => length("varchar(").map(DataType::Varchar).or_else(|| length("char(").map(DataType::Char)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_comes_back_as_itself() {
        let plain = [
            DataType::Tinyint,
            DataType::Bigint,
            DataType::Float,
            DataType::Decimal(38, 18),
            DataType::Varchar(10),
            DataType::Char(3),
            DataType::Json,
            DataType::Binary,
            DataType::Date,
            DataType::Datetime,
            DataType::Timestamp,
            DataType::TimestampNtz,
        ];
        for data_type in plain {
            let map = DataType::Map(Box::new(DataType::String), Box::new(data_type.clone()));
            let list = DataType::Array(Box::new(data_type.clone()));
            let nested = DataType::Struct(vec![("a".to_owned(), list), ("b".to_owned(), map)]);
            assert_eq!(from_field(&to_field("x", &data_type)), data_type);
            assert_eq!(from_field(&to_field("x", &nested)), nested);
        }
    }
}
