//! Values on their way into a column: what INSERT converts by itself, what it refuses.
//!
//! Errors name the column, never the value (FLW-10).

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray, new_null_array};
use datafusion::arrow::compute::can_cast_types;
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::ScalarValue;

use crate::data::conversion::Conversion;
use crate::data::failure::failure;
use crate::data::types;
use crate::error::{Code, Error, Result};
use crate::model::{Column, DataType, Dialect, Misfit};

/// The values of `array` (NULL if there is none) as `column` holds them.
///
/// Errors: a type that is not converted by itself; a value that does not fit; NULL in a `not null` column.
pub(in crate::data) fn column(
    array: Option<&ArrayRef>,
    column: &Column,
    rows: usize,
    dialect: &Arc<Dialect>,
) -> Result<ArrayRef> {
    let target = types::to_arrow(&column.data_type);
    let array = match array {
        Some(array) => {
            check_compatible((array.data_type(), array.logical_null_count() == rows), column, dialect)?;
            converted(array, &target, column, dialect)?
        }
        None => match &column.default {
            Some(default) => constant(default, &target, column, rows, dialect)?,
            None => new_null_array(&target, rows),
        },
    };
    let array = match column.data_type {
        DataType::Varchar(length) => shortened(&array, length, false),
        DataType::Char(length) => shortened(&array, length, true),
        DataType::Json => {
            check_json(&array, column)?;
            array
        }
        _ => array,
    };
    if !column.nullable && array.null_count() > 0 {
        return Err(Error::new(
            Code::Execution,
            format!("NULL cannot be written to `{}`, which is not null", column.name),
        )
        .help(format!("give another value: `coalesce({}, …)`", column.name)));
    }
    Ok(array)
}

/// Refuses what only the 1.0 edition and Hive convert when rows are written: text to numbers, and floating point to whole numbers.
///
/// Source: "Data type editions", implicit conversions of INSERT; people who use the service.
fn check_compatible((source, is_null): (&Arrow, bool), column: &Column, dialect: &Dialect) -> Result<()> {
    use DataType as T;
    // A NULL has the type of a text where nothing says another one.
    if !dialect.types2 || dialect.hive || is_null {
        return Ok(());
    }
    let is_whole = matches!(column.data_type, T::Tinyint | T::Smallint | T::Int | T::Bigint);
    let is_number = is_whole || matches!(column.data_type, T::Float | T::Double | T::Decimal(..));
    let from = types::from_arrow(source);
    let loses = match from {
        T::String | T::Varchar(_) | T::Char(_) => is_number,
        T::Float | T::Double => is_whole,
        _ => false,
    };
    if !loses {
        return Ok(());
    }
    let incompatible = from.to_string().to_uppercase();
    Err(Error::new(
        Code::Semantic,
        format!(
            "`{}` is {}; the incompatible type {incompatible} is not converted to it",
            column.name, column.data_type
        ),
    )
    .help(format!(
        "write `cast(… as {})`, or `set {}=true;` before",
        column.data_type,
        crate::model::Setting::Hive.key()
    )))
}

/// What a column holds by default, so many times.
fn constant(default: &str, target: &Arrow, column: &Column, rows: usize, dialect: &Arc<Dialect>) -> Result<ArrayRef> {
    let one: ArrayRef = match (&column.data_type, default) {
        (DataType::Boolean, "true" | "false") => Arc::new(BooleanArray::from(vec![default == "true"])),
        _ => Arc::new(StringArray::from(vec![default])),
    };
    let one = converted(&one, target, column, dialect)?;
    ScalarValue::try_from_array(&one, 0).and_then(|value| value.to_array_of_size(rows)).map_err(failure)
}

/// Checks that a column can hold what it is said to hold by default.
///
/// # Errors
/// It cannot.
pub fn check_default(column: &Column) -> Result<()> {
    let Some(default) = &column.default else { return Ok(()) };
    let target = types::to_arrow(&column.data_type);
    let one = constant(default, &target, column, 1, &Arc::default());
    let checked =
        one.and_then(|one| if column.data_type == DataType::Json { check_json(&one, column) } else { Ok(()) });
    checked.map_err(|_| {
        Error::new(
            Code::Semantic,
            format!("the default of `{}` does not fit its type {}", column.name, column.data_type),
        )
    })
}

fn converted(array: &ArrayRef, target: &Arrow, column: &Column, dialect: &Arc<Dialect>) -> Result<ArrayRef> {
    let source = array.data_type();
    if source == target {
        return Ok(Arc::clone(array));
    }
    if *source == Arrow::Null {
        return Ok(new_null_array(target, array.len()));
    }
    let from = types::from_arrow(source);
    let fits = source.is_nested() || can_cast_types(source, target);
    if !converts(&from, &column.data_type) || !fits {
        return Err(Error::new(
            Code::Semantic,
            format!("`{}` is {}; {from} is not converted to it", column.name, column.data_type),
        )
        .help(format!("write `cast(… as {})`", column.data_type)));
    }
    // What had a value has one still, or it did not fit.
    let to = Arc::new(types::to_field(&column.name, &column.data_type));
    let dialect = Arc::clone(dialect);
    let conversion = Conversion { to, dialect, misfit: Misfit::Fail, exact: true, clamped: false };
    conversion.convert(array).map_err(|error| misfit(failure(error), column))
}

/// Whether INSERT converts by itself.
///
/// Source: "Data type conversion", implicit conversion. Chosen: text that is no number, and a number that is too large,
/// are errors; flags, times and bytes become text and nothing else.
fn converts(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    let is_number = |data_type: &T| {
        matches!(data_type, T::Tinyint | T::Smallint | T::Int | T::Bigint | T::Float | T::Double | T::Decimal(..))
    };
    let is_text = |data_type: &T| matches!(data_type, T::String | T::Varchar(_) | T::Char(_) | T::Json);
    let is_moment = |data_type: &T| matches!(data_type, T::Date | T::Datetime | T::Timestamp | T::TimestampNtz);
    match (from, to) {
        (T::Array(from), T::Array(to)) => converts(from, to),
        (T::Map(from_key, from_value), T::Map(to_key, to_value)) => {
            converts(from_key, to_key) && converts(from_value, to_value)
        }
        (T::Struct(from), T::Struct(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|((_, from), (_, to))| converts(from, to))
        }
        (from, to) if from == to => true,
        (from, to) if is_number(from) => is_number(to) || is_text(to),
        (from, to) if is_text(from) => is_text(to) || is_number(to) || is_moment(to) || *to == T::Binary,
        (from, to) if is_moment(from) => is_moment(to) || is_text(to),
        (T::Binary | T::Boolean, to) => is_text(to),
        _ => false,
    }
}

fn misfit(error: Box<Error>, column: &Column) -> Box<Error> {
    match error.code {
        Code::Execution => Error::new(
            Code::Execution,
            format!("a value does not fit column `{}`, which is {}", column.name, column.data_type),
        ),
        Code::Memory => error,
        _ => Error::new(Code::Internal, format!("values of column `{}` cannot be converted", column.name)),
    }
}

/// Texts of at most so many characters.
///
/// Source: "Data type editions": a VARCHAR that is too long is cut. Chosen: a CHAR is stored without blanks at its end,
/// so that comparing does not depend on padding.
fn shortened(array: &ArrayRef, length: u32, fixed: bool) -> ArrayRef {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let cut = |text: &'_ str| -> String { text.chars().take(length).collect() };
    let texts = array.as_string::<i32>();
    let short = texts
        .iter()
        .map(|text| text.map(|text| if fixed { cut(text).trim_end_matches(' ').to_owned() } else { cut(text) }));
    Arc::new(short.collect::<StringArray>())
}

fn check_json(array: &ArrayRef, column: &Column) -> Result<()> {
    let valid = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    match array.as_string::<i32>().iter().flatten().all(valid) {
        true => Ok(()),
        false => Err(Error::new(Code::Execution, format!("a value of column `{}` is not valid JSON", column.name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::cells::{self, Style};
    use crate::model::ColumnId;
    use datafusion::arrow::array::{Float64Array, Int64Array, TimestampMillisecondArray};

    fn into(array: impl Array + 'static, data_type: DataType, nullable: bool) -> Result<Vec<Option<String>>> {
        let target = Column {
            id: ColumnId(1),
            name: "x".into(),
            data_type,
            comment: String::new(),
            nullable,
            default: None,
            is_key: false,
            generator: None,
        };
        let array: ArrayRef = Arc::new(array);
        // Hive converts most.
        let dialect = Arc::new(Dialect { hive: true, ..Dialect::default() });
        cells::texts(&column(Some(&array), &target, array.len(), &dialect)?, Style::default())
    }

    fn text(text: &str) -> Vec<Option<String>> {
        vec![Some(text.to_owned())]
    }

    #[test]
    fn numbers_and_text_are_converted_where_they_fit() {
        assert_eq!(into(Int64Array::from(vec![7]), DataType::Tinyint, true).unwrap(), text("7"));
        assert_eq!(into(StringArray::from(vec!["12"]), DataType::Bigint, true).unwrap(), text("12"));
        assert_eq!(into(Float64Array::from(vec![1.0]), DataType::String, true).unwrap(), text("1.0"));
        assert_eq!(into(StringArray::from(vec!["abcd"]), DataType::Varchar(2), true).unwrap(), text("ab"));
        assert_eq!(into(StringArray::from(vec!["a  "]), DataType::Char(5), true).unwrap(), text("a"));
        let noon = TimestampMillisecondArray::from(vec![43_200_000]).with_timezone("UTC");
        assert_eq!(into(noon, DataType::String, true).unwrap(), text("1970-01-01 12:00:00"));
        let day = StringArray::from(vec!["2024-02-03 04:05:06"]);
        assert_eq!(into(day, DataType::Datetime, true).unwrap(), text("2024-02-03 04:05:06"));
    }

    #[test]
    fn the_edition_says_what_is_converted() {
        let edition = |types2, hive| Dialect { types2, hive, ..Dialect::default() };
        let arrays: [ArrayRef; 2] = [Arc::new(StringArray::from(vec!["12"])), Arc::new(Float64Array::from(vec![12.0]))];
        let nothing: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
        let target = Column {
            id: ColumnId(1),
            name: "x".into(),
            data_type: DataType::Bigint,
            comment: String::new(),
            nullable: true,
            default: None,
            is_key: false,
            generator: None,
        };
        for (dialect, converts) in
            [(edition(true, false), false), (edition(true, true), true), (edition(false, false), true)]
        {
            let dialect = Arc::new(dialect);
            for array in &arrays {
                assert_eq!(column(Some(array), &target, 1, &dialect).is_ok(), converts, "{dialect:?}");
            }
            assert!(column(Some(&nothing), &target, 1, &dialect).is_ok());
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused_without_being_quoted() {
        for error in [
            into(Int64Array::from(vec![4711]), DataType::Tinyint, true).unwrap_err(),
            into(StringArray::from(vec!["4711x"]), DataType::Bigint, true).unwrap_err(),
            into(StringArray::from(vec!["{4711"]), DataType::Json, true).unwrap_err(),
            into(Int64Array::from(vec![None, Some(4711)]), DataType::Bigint, false).unwrap_err(),
        ] {
            assert_eq!(error.code, Code::Execution);
            assert!(!format!("{error:?}").contains("4711"), "{error:?}");
        }
        let flag = datafusion::arrow::array::BooleanArray::from(vec![true]);
        assert_eq!(into(flag, DataType::Bigint, true).unwrap_err().code, Code::Semantic);
    }
}
