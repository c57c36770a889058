//! Single values: text, numbers, flags, days and moments.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType as Arrow, Int64Type};
use datafusion::common::Result as Outcome;

use super::{Conversion, Way, is_text};
use crate::data::cells::{self, Style};
use crate::data::failure::carry;
use crate::data::functions::decimal;
use crate::data::{moments, types};
use crate::error::{Code, Error};
use crate::model::Misfit;

impl Conversion {
    pub(super) fn single(&self, array: &ArrayRef, way: Way) -> Outcome<ArrayRef> {
        let to = self.to.data_type();
        let safe = |safe| CastOptions { safe, ..CastOptions::default() };
        let made = match way {
            Way::Same | Way::Nested => Arc::clone(array),
            Way::Engine => cast_with_options(array, to, &safe(!self.exact))?,
            Way::Moment => {
                let moments = moments::convert(array, to, &self.dialect, self.clamped)?;
                let misfit = if self.exact && !is_text(array.data_type()) { Misfit::Fail } else { self.misfit };
                fits(array, moments, to, misfit)?
            }
            Way::Text => Arc::new(self.texts(array)?.into_iter().collect::<StringArray>()),
            Way::Cut(length) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let cut = |text: String| text.chars().take(length).collect::<String>();
                Arc::new(self.texts(array)?.into_iter().map(|text| text.map(cut)).collect::<StringArray>())
            }
            Way::Flag => {
                let texts = cast(array, &Arrow::Utf8)?;
                let flags = texts.as_string::<i32>().iter().map(|text| text.map(|text| !text.is_empty()));
                Arc::new(flags.collect::<BooleanArray>())
            }
            Way::Whole => {
                let texts = numbers(array, self.misfit)?;
                let whole: Int64Array = texts.as_string::<i32>().iter().map(|text| whole(text?)).collect();
                fits(array, cast_with_options(&whole, to, &safe(true))?, to, self.misfit)?
            }
            Way::Number => {
                let texts = numbers(array, self.misfit)?;
                let misfit = if self.exact && !is_text(array.data_type()) { Misfit::Fail } else { self.misfit };
                fits(array, cast_with_options(&texts, to, &safe(true))?, to, misfit)?
            }
            Way::Double => match decimal::doubles(array) {
                Some(doubles) => Arc::new(doubles),
                None => cast(array, to)?,
            },
        };
        // Text has several representations.
        Ok(if made.data_type() == to { made } else { cast(&made, to)? })
    }

    fn texts(&self, array: &ArrayRef) -> Outcome<Vec<Option<String>>> {
        cells::texts(array, Style::of(&self.dialect)).map_err(carry)
    }
}

/// What was converted; an error where a value got lost and must not.
fn fits(array: &ArrayRef, converted: ArrayRef, to: &Arrow, misfit: Misfit) -> Outcome<ArrayRef> {
    if misfit == Misfit::Fail && converted.null_count() > array.null_count() {
        let to = types::from_arrow(to);
        return Err(carry(
            Error::new(Code::Execution, format!("a value cannot be converted to {to}"))
                .help("leave such rows out with `where`, or use `try_cast`, which gives NULL"),
        ));
    }
    Ok(converted)
}

/// Texts that are to be read as numbers: where the digits at the beginning count, those alone.
fn numbers(array: &ArrayRef, misfit: Misfit) -> Outcome<ArrayRef> {
    if let Some(digits) = decimal::digits_of_floats(array) {
        return Ok(Arc::new(digits));
    }
    let texts = cast(array, &Arrow::Utf8)?;
    if misfit != Misfit::Prefix {
        return Ok(texts);
    }
    let prefixes = texts.as_string::<i32>().iter().map(|text| text.map(number_prefix));
    Ok(Arc::new(prefixes.collect::<StringArray>()))
}

/// The number that a text begins with: `-12.5e3abc` begins with `-12.5e3`.
fn number_prefix(text: &str) -> &str {
    let text = text.trim();
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with(['+', '-']));
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let mut end = sign + digits(rest(sign));
    if rest(end).starts_with('.') {
        end += 1 + digits(rest(end + 1));
    }
    if rest(end).starts_with(['e', 'E']) {
        let sign = usize::from(rest(end + 1).starts_with(['+', '-']));
        let exponent = digits(rest(end + 1 + sign));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    text.get(..end).unwrap_or_default()
}

fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        // The engine's own conversion: nothing where the number does not fit.
        let array: ArrayRef = Arc::new(Float64Array::from(vec![number.trunc()]));
        let whole = cast(&array, &Arrow::Int64).ok()?;
        let whole = whole.as_primitive_opt::<Int64Type>()?;
        whole.iter().next().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::number_prefix;

    #[test]
    fn of_text_that_begins_with_a_number_the_number_counts() {
        for (text, number) in [
            ("123abc", "123"),
            (" -12.5e3x", "-12.5e3"),
            ("1e", "1"),
            ("1e+x", "1"),
            ("1.x", "1."),
            ("abc", ""),
            ("-", "-"),
            ("", ""),
            ("12\u{e4}", "12"),
        ] {
            assert_eq!(number_prefix(text), number, "{text}");
        }
    }
}
