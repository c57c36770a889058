//! The one conversion of values: of `cast`, of what a query converts by itself, of INSERT and of JSON.
//!
//! An array, a map or a struct is converted by converting what it holds, so that a value becomes the same wherever it
//! stands. Never shows a value: an error says only what did not fit (FLW-10).

mod nested;
mod single;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, new_null_array};
use datafusion::arrow::compute::{can_cast_types, cast};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::Result as Outcome;

use super::failure::carry;
use super::{moments, types};
use crate::error::{Code, Error};
use crate::model::{DataType, Dialect, Misfit};

/// How the values of a column become values of another type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Conversion {
    /// The type, as a field: it names types that the representation does not tell.
    pub to: FieldRef,
    /// How values are read and written.
    pub dialect: Arc<Dialect>,
    /// What happens to text that is no such value.
    pub misfit: Misfit,
    /// Whether a number or a moment that is out of range is an error. Otherwise it is NULL.
    pub exact: bool,
    /// Whether a moment that is out of range becomes the first or the last one: for comparisons, which are right then.
    pub clamped: bool,
}

/// In which way values of one type become values of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// They are values of it.
    Same,
    /// As the engine does it.
    Engine,
    /// Text, days and moments as days or moments, on the clock of a session.
    Moment,
    /// As the text that a result shows.
    Text,
    /// As at most so many characters of that text. Source: "Data type editions", VARCHAR.
    Cut(u32),
    /// Text as a flag: all but the empty one is true. Source: "CAST".
    Flag,
    /// Text as an integer, read as a double if it must be: `1.9` is 1. Source: "CAST".
    Whole,
    /// Text as another number; a floating number as the DECIMAL that has its digits.
    Number,
    /// A DECIMAL as the double next to it.
    Double,
    /// By converting what they hold.
    Nested,
}

/// The way from one type to another; nothing where MaxCompute has none.
pub fn way(from: &Arrow, to: &Field) -> Option<Way> {
    let target = to.data_type();
    let length = match types::from_field(to) {
        DataType::Varchar(length) | DataType::Char(length) => Some(length),
        _ => None,
    };
    let is_moment = |side: &Arrow| matches!(side, Arrow::Date32 | Arrow::Timestamp(..));
    Some(match (target, length) {
        _ if from.is_null() => Way::Engine,
        (_, None) if from == target => Way::Same,
        // Source: "CAST": numbers and moments are not converted into each other.
        _ if from.is_numeric() && is_moment(target) || is_moment(from) && target.is_numeric() => return None,
        _ if target.is_nested() => return nested::fits(from, target).then_some(Way::Nested),
        (_, Some(length)) => Way::Cut(length),
        _ if moments::converts(from, target) => Way::Moment,
        _ if is_text(target) => {
            let is_written = from.is_floating() || from.is_decimal() || from.is_temporal() || from.is_nested();
            if is_written { Way::Text } else { Way::Engine }
        }
        (Arrow::Boolean, _) if is_text(from) => Way::Flag,
        _ if target.is_signed_integer() && is_text(from) => Way::Whole,
        _ if target.is_numeric() && is_text(from) => Way::Number,
        (Arrow::Decimal128(..), _) if from.is_floating() => Way::Number,
        (Arrow::Float64, _) if from.is_decimal() => Way::Double,
        _ => Way::Engine,
    })
}

/// The same for what an array, a map or a struct holds: the engine is not asked for what it cannot do.
fn inner_way(from: &Arrow, to: &Field) -> Option<Way> {
    way(from, to).filter(|way| *way != Way::Engine || can_cast_types(from, to.data_type()))
}

impl Conversion {
    /// The values of `array` as values of the type.
    ///
    /// # Errors
    /// No such conversion; a value that does not fit, where that is an error; NULL as the key of a map.
    pub fn convert(&self, array: &ArrayRef) -> Outcome<ArrayRef> {
        let (from, to) = (array.data_type(), self.to.data_type());
        match from {
            Arrow::Null => return Ok(new_null_array(to, array.len())),
            Arrow::Dictionary(_, value) => return self.convert(&cast(array, value)?),
            Arrow::RunEndEncoded(_, value) => return self.convert(&cast(array, value.data_type())?),
            _ => {}
        }
        match way(from, &self.to) {
            None => Err(refusal(from, &self.to)),
            Some(Way::Same) => Ok(Arc::clone(array)),
            Some(Way::Nested) => self.nested(array),
            Some(way) => self.single(array, way),
        }
    }

    /// The same conversion, to another type.
    fn of(&self, to: &FieldRef) -> Self {
        Self { to: Arc::clone(to), ..self.clone() }
    }
}

/// What is said where there is no conversion.
pub fn refusal(from: &Arrow, to: &Field) -> datafusion::common::DataFusionError {
    let (from, to) = (types::from_arrow(from), types::from_field(to));
    carry(Error::new(Code::Semantic, format!("a `{from}` cannot be converted to `{to}`")).help(
        "build arrays, maps and structs with `array(…)`, `map(…)` and `named_struct(…)`, days and moments from text",
    ))
}

/// Whether values of this type are text.
pub fn is_text(data_type: &Arrow) -> bool {
    matches!(data_type, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View)
}
