//! One NaN: processors make a negative one of `inf - inf`, and what compares or hashes bits takes it for another value.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, PrimitiveArray, RecordBatch, RecordBatchOptions, StructArray,
};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType as Arrow, Float32Type, Float64Type};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::ColumnarValue;

use super::one_zero::has_floats;

/// The same value with one NaN, also inside of it.
///
/// # Errors
/// A mistake in this program.
pub fn with_one_nan(value: ColumnarValue) -> Outcome<ColumnarValue> {
    if !has_floats(&value.data_type()) {
        return Ok(value);
    }
    Ok(match value {
        ColumnarValue::Array(array) => ColumnarValue::Array(normalised(&array)?),
        ColumnarValue::Scalar(ScalarValue::Float64(Some(number))) if number.is_nan() => {
            ColumnarValue::Scalar(ScalarValue::Float64(Some(f64::NAN)))
        }
        ColumnarValue::Scalar(ScalarValue::Float32(Some(number))) if number.is_nan() => {
            ColumnarValue::Scalar(ScalarValue::Float32(Some(f32::NAN)))
        }
        ColumnarValue::Scalar(scalar) if scalar.data_type().is_nested() => {
            let given = scalar.to_array_of_size(1)?;
            let array = normalised(&given)?;
            match Arc::ptr_eq(&given, &array) {
                true => ColumnarValue::Scalar(scalar),
                false => ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?),
            }
        }
        other => other,
    })
}

/// The same column; a copy only where it holds another NaN.
///
/// # Errors
/// A mistake in this program.
pub fn normalised(array: &ArrayRef) -> Outcome<ArrayRef> {
    if !has_floats(array.data_type()) {
        return Ok(Arc::clone(array));
    }
    Ok(match array.data_type() {
        Arrow::Float32 => {
            let numbers = array.as_primitive::<Float32Type>();
            of_numbers(array, numbers, |number| number.is_nan() && number.to_bits() != f32::NAN.to_bits(), f32::NAN)
        }
        Arrow::Float64 => {
            let numbers = array.as_primitive::<Float64Type>();
            of_numbers(array, numbers, |number| number.is_nan() && number.to_bits() != f64::NAN.to_bits(), f64::NAN)
        }
        Arrow::List(item) => {
            let list = array.as_list::<i32>();
            let values = normalised(list.values())?;
            if Arc::ptr_eq(&values, list.values()) {
                return Ok(Arc::clone(array));
            }
            Arc::new(ListArray::try_new(Arc::clone(item), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        Arrow::Map(entries, is_sorted) => {
            let map = array.as_map();
            let Some(inner) = of_columns(map.entries())? else { return Ok(Arc::clone(array)) };
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Arc::new(MapArray::try_new(Arc::clone(entries), offsets, inner, nulls, *is_sorted)?)
        }
        Arrow::Struct(_) => match of_columns(array.as_struct())? {
            Some(changed) => Arc::new(changed),
            None => Arc::clone(array),
        },
        _ => Arc::clone(array),
    })
}

/// The same rows with one NaN.
///
/// # Errors
/// A mistake in this program.
pub fn rows_with_one_nan(rows: &RecordBatch) -> Outcome<RecordBatch> {
    let columns = rows.columns().iter().map(normalised).collect::<Outcome<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    Ok(RecordBatch::try_new_with_options(rows.schema(), columns, &options)?)
}

/// The same with one NaN in its columns; nothing if they have no other.
fn of_columns(parts: &StructArray) -> Outcome<Option<StructArray>> {
    let columns = parts.columns().iter().map(normalised).collect::<Outcome<Vec<_>>>()?;
    if columns.iter().zip(parts.columns()).all(|(changed, given)| Arc::ptr_eq(changed, given)) {
        return Ok(None);
    }
    Ok(Some(StructArray::try_new(parts.fields().clone(), columns, parts.nulls().cloned())?))
}

fn of_numbers<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    numbers: &PrimitiveArray<T>,
    is_other: impl Fn(T::Native) -> bool,
    nan: T::Native,
) -> ArrayRef {
    if !numbers.values().iter().any(|number| is_other(*number)) {
        return Arc::clone(array);
    }
    Arc::new(numbers.unary::<_, T>(|number| if is_other(number) { nan } else { number }))
}
