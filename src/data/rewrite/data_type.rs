//! The names of types inside a query.

use datafusion::sql::sqlparser::ast::{ArrayElemTypeDef, DataType as SqlType, StructBracketKind, StructField};

use crate::model::DataType;
use crate::text::fold;

/// The type that is written in a `cast`; nothing if MaxCompute has no such type.
///
/// Type names are no keywords to the parser, so every simple type comes as a name with arguments.
pub fn data_type(written: &SqlType) -> Option<DataType> {
    match written {
        SqlType::Custom(name, arguments) => named(&fold(&name.to_string()), arguments),
        SqlType::Date => Some(DataType::Date),
        SqlType::Datetime(None) => Some(DataType::Datetime),
        SqlType::Timestamp(None, _) => Some(DataType::Timestamp),
        SqlType::Array(ArrayElemTypeDef::AngleBracket(item)) => Some(DataType::Array(Box::new(data_type(item)?))),
        SqlType::Map(key, value) => Some(DataType::Map(Box::new(data_type(key)?), Box::new(data_type(value)?))),
        SqlType::Struct(fields, StructBracketKind::AngleBrackets) => {
            fields.iter().map(field).collect::<Option<Vec<_>>>().map(DataType::Struct)
        }
        _ => None,
    }
}

fn field(field: &StructField) -> Option<(String, DataType)> {
    let StructField { field_name, field_type, options } = field;
    match options {
        None => Some((fold(&field_name.as_ref()?.value), data_type(field_type)?)),
        Some(_) => None,
    }
}

fn named(name: &str, arguments: &[String]) -> Option<DataType> {
    let number = |at: usize| arguments.get(at).and_then(|argument| argument.parse::<u32>().ok());
    let simple = match name {
        "tinyint" => DataType::Tinyint,
        "smallint" => DataType::Smallint,
        "int" => DataType::Int,
        "bigint" => DataType::Bigint,
        "float" => DataType::Float,
        "double" => DataType::Double,
        "string" => DataType::String,
        "binary" => DataType::Binary,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "datetime" => DataType::Datetime,
        "timestamp" => DataType::Timestamp,
        "timestamp_ntz" => DataType::TimestampNtz,
        "json" => DataType::Json,
        "varchar" if arguments.len() == 1 => {
            return number(0).filter(|length| (1..=65_535).contains(length)).map(DataType::Varchar);
        }
        "char" if arguments.len() == 1 => {
            return number(0).filter(|length| (1..=255).contains(length)).map(DataType::Char);
        }
        "decimal" => return decimal(arguments.len(), number(0), number(1)),
        _ => return None,
    };
    arguments.is_empty().then_some(simple)
}

/// Source: "Data type editions": `decimal` alone is `decimal(38,18)`.
fn decimal(arguments: usize, precision: Option<u32>, scale: Option<u32>) -> Option<DataType> {
    let (precision, scale) = match arguments {
        0 => (38, 18),
        1 => (precision?, 0),
        2 => (precision?, scale?),
        _ => return None,
    };
    let fits = (1..=38).contains(&precision) && scale <= 18 && scale <= precision;
    fits.then_some(DataType::Decimal(u8::try_from(precision).ok()?, u8::try_from(scale).ok()?))
}
