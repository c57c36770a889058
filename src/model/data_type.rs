use std::fmt;

use crate::text::is_identifier;

/// A MaxCompute data type.
///
/// Source: "Data type editions": the 2.0 types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    /// 8-bit integer.
    Tinyint,
    /// 16-bit integer.
    Smallint,
    /// 32-bit integer.
    Int,
    /// 64-bit integer.
    Bigint,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// Fixed point: precision 1–38, scale 0–18 and at most the precision.
    Decimal(u8, u8),
    /// UTF-8 text.
    String,
    /// Text of at most so many characters, 1–65,535.
    Varchar(u32),
    /// Text padded to so many characters, 1–255.
    Char(u32),
    /// Bytes.
    Binary,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A moment to the millisecond.
    Datetime,
    /// A moment to the nanosecond.
    Timestamp,
    /// A clock reading to the nanosecond, without time zone.
    TimestampNtz,
    /// JSON text.
    Json,
    /// A list.
    Array(Box<DataType>),
    /// Keys and values.
    Map(Box<DataType>, Box<DataType>),
    /// Named fields.
    Struct(Vec<(String, DataType)>),
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tinyint => f.write_str("tinyint"),
            Self::Smallint => f.write_str("smallint"),
            Self::Int => f.write_str("int"),
            Self::Bigint => f.write_str("bigint"),
            Self::Float => f.write_str("float"),
            Self::Double => f.write_str("double"),
            Self::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            Self::String => f.write_str("string"),
            Self::Varchar(length) => write!(f, "varchar({length})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Binary => f.write_str("binary"),
            Self::Boolean => f.write_str("boolean"),
            Self::Date => f.write_str("date"),
            Self::Datetime => f.write_str("datetime"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::TimestampNtz => f.write_str("timestamp_ntz"),
            Self::Json => f.write_str("json"),
            Self::Array(item) => write!(f, "array<{item}>"),
            Self::Map(key, value) => write!(f, "map<{key},{value}>"),
            Self::Struct(fields) => {
                f.write_str("struct<")?;
                for (index, (name, data_type)) in fields.iter().enumerate() {
                    f.write_str(if index > 0 { "," } else { "" })?;
                    match is_identifier(name) {
                        true => write!(f, "{name}:{data_type}")?,
                        false => write!(f, "`{name}`:{data_type}")?,
                    }
                }
                f.write_str(">")
            }
        }
    }
}

impl DataType {
    /// Whether a partition column may have this type. Source: "Partitioned tables".
    pub fn partitions(&self) -> bool {
        matches!(
            self,
            Self::Tinyint
                | Self::Smallint
                | Self::Int
                | Self::Bigint
                | Self::Varchar(_)
                | Self::String
                | Self::Char(_)
                | Self::Date
        )
    }
}
