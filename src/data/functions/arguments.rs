//! What a function is given: arguments read as text, numbers, flags or moments, row by row.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Float64Type, Int64Type, TimeUnit};

use crate::data::cells::Style;
use crate::data::failure::failure;
use crate::data::moments::{At, Reading, values};
use crate::data::{cells, types};
use crate::error::Result;
use crate::model::{DataType, Dialect};

/// How an argument is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As text; every type of single values has one.
    Text,
    /// As a 64-bit integer.
    Integer,
    /// As a 64-bit floating-point number.
    Double,
    /// As a flag.
    Boolean,
    /// As a day or moment; text is read as one.
    Moment,
    /// As a day or moment; an integer is one in milliseconds since 1970.
    Instant,
    /// As a day or moment; text is one in the 1.0 type edition only, and in full.
    Typed,
    /// As text and as a moment.
    Either,
}

impl Kind {
    /// Whether arrays, maps and structs cannot be read so. Every kind is one of single values.
    pub fn is_simple(self) -> bool {
        match self {
            Self::Text
            | Self::Integer
            | Self::Double
            | Self::Boolean
            | Self::Moment
            | Self::Instant
            | Self::Typed
            | Self::Either => true,
        }
    }

    /// The type that an argument of type `given` is converted to before the function sees it.
    pub fn coerced(self, given: &Arrow) -> Arrow {
        match self {
            // The engine writes numbers and moments in its own way; they are written here, as MaxCompute does.
            Self::Text | Self::Either if *given == Arrow::Null => Arrow::Utf8,
            Self::Text | Self::Either => given.clone(),
            Self::Integer => Arrow::Int64,
            Self::Double => Arrow::Float64,
            Self::Boolean => Arrow::Boolean,
            // Text is refused, which NULL is not.
            Self::Typed if *given == Arrow::Null => types::to_arrow(&DataType::Datetime),
            Self::Instant if given.is_integer() => Arrow::Int64,
            Self::Moment | Self::Instant | Self::Typed => match given {
                Arrow::Date32 | Arrow::Date64 => Arrow::Date32,
                Arrow::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, Some(_)) => {
                    types::to_arrow(&DataType::Datetime)
                }
                Arrow::Timestamp(_, Some(_)) => types::to_arrow(&DataType::Timestamp),
                Arrow::Timestamp(_, None) => types::to_arrow(&DataType::TimestampNtz),
                _ => Arrow::Utf8,
            },
        }
    }
}

/// One argument, for all rows of a batch.
pub struct Argument {
    values: Values,
    /// The same value for every row.
    constant: bool,
    is_flag: bool,
}

enum Values {
    Text(StringArray),
    Integer(ArrayRef),
    Double(ArrayRef),
    Boolean(ArrayRef),
    Moment(Vec<Option<At>>),
    Either(StringArray, Vec<Option<At>>),
}

impl Argument {
    /// Reads `array` as `kind`; `constant` arrays have one value.
    pub fn new(array: &ArrayRef, kind: Kind, constant: bool, dialect: &Dialect) -> Result<Self> {
        let moments = |reading| -> Result<Vec<Option<At>>> {
            let array = cast(array, &Kind::Moment.coerced(array.data_type())).map_err(|error| failure(error.into()))?;
            Ok(values(&array, dialect.zone, reading))
        };
        let texts = || texts(array, Style::of(dialect));
        let to = |target: &Arrow| cast(array, target).map_err(|error| failure(error.into()));
        let values = match kind {
            Kind::Text => Values::Text(texts()?),
            Kind::Either => Values::Either(texts()?, moments(Reading::Loose)?),
            Kind::Integer => Values::Integer(to(&Arrow::Int64)?),
            Kind::Double => Values::Double(to(&Arrow::Float64)?),
            Kind::Boolean => Values::Boolean(to(&Arrow::Boolean)?),
            Kind::Instant if array.data_type().is_integer() => {
                let at = |millis| DateTime::from_timestamp_millis(millis).map(|moment| moment.naive_utc());
                let millis = to(&Arrow::Int64)?;
                let millis = millis.as_primitive::<Int64Type>().iter();
                Values::Moment(millis.map(|millis| Some(At::moment(at(millis?)?, dialect.zone))).collect())
            }
            Kind::Moment | Kind::Instant => Values::Moment(moments(Reading::Loose)?),
            Kind::Typed => Values::Moment(moments(Reading::Full)?),
        };
        Ok(Self { values, constant, is_flag: *array.data_type() == Arrow::Boolean })
    }

    fn at(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }

    /// Whether it was given as a flag.
    pub fn is_flag(&self) -> bool {
        self.is_flag
    }

    /// Whether there is no value.
    pub fn is_null(&self, row: usize) -> bool {
        let at = self.at(row);
        match &self.values {
            Values::Text(array) | Values::Either(array, _) => array.is_null(at),
            Values::Integer(array) | Values::Double(array) | Values::Boolean(array) => array.is_null(at),
            Values::Moment(moments) => moments.get(at).is_none_or(Option::is_none),
        }
    }

    /// The text of a row.
    pub fn text(&self, row: usize) -> Option<&str> {
        match &self.values {
            Values::Text(array) | Values::Either(array, _) if !self.is_null(row) => Some(array.value(self.at(row))),
            _ => None,
        }
    }

    /// The integer of a row.
    pub fn integer(&self, row: usize) -> Option<i64> {
        match &self.values {
            Values::Integer(array) if !self.is_null(row) => Some(array.as_primitive::<Int64Type>().value(self.at(row))),
            _ => None,
        }
    }

    /// The number of a row.
    pub fn double(&self, row: usize) -> Option<f64> {
        match &self.values {
            Values::Double(array) if !self.is_null(row) => {
                Some(array.as_primitive::<Float64Type>().value(self.at(row)))
            }
            _ => None,
        }
    }

    /// The flag of a row.
    pub fn boolean(&self, row: usize) -> Option<bool> {
        match &self.values {
            Values::Boolean(array) if !self.is_null(row) => Some(array.as_boolean().value(self.at(row))),
            _ => None,
        }
    }

    /// What the clock of the session shows in a row.
    pub fn moment(&self, row: usize) -> Option<NaiveDateTime> {
        self.value(row).map(|at| at.local)
    }

    /// The day or moment of a row.
    pub fn value(&self, row: usize) -> Option<At> {
        match &self.values {
            Values::Moment(moments) | Values::Either(_, moments) => moments.get(self.at(row)).copied().flatten(),
            _ => None,
        }
    }
}

fn texts(array: &ArrayRef, style: Style) -> Result<StringArray> {
    match array.data_type() {
        Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View => {
            let array = cast(array, &Arrow::Utf8).map_err(|error| failure(error.into()))?;
            Ok(array.as_string::<i32>().clone())
        }
        _ => Ok(cells::texts(array, style)?.into_iter().collect()),
    }
}

/// Shares an array that a function made.
pub fn shared(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}
