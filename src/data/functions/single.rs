//! Functions that are the only ones of their kind: shifts, signs, a place in an order, a condition that must not hold, a hash.

use datafusion::arrow::array::Array;
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};

use super::order::ordered;
use super::value::{Settled, ValueFunction, common, integer, text};
use crate::data::failure::{carry, more_than_one_row};
use crate::data::tokens::BRANCH;
use crate::error::{Code, Error};

/// The functions of this file.
pub fn functions() -> Vec<ValueFunction> {
    vec![
        ValueFunction::new("shiftleft", shift_types, |row, _| {
            shift(row, |number, bits| number << bits, |number, bits| number << bits)
        }),
        ValueFunction::new("shiftright", shift_types, |row, _| {
            shift(row, |number, bits| number >> bits, |number, bits| number >> bits)
        }),
        ValueFunction::new("shiftrightunsigned", shift_types, |row, _| {
            shift(
                row,
                |number, bits| (number.cast_unsigned() >> bits).cast_signed(),
                |number, bits| (number.cast_unsigned() >> bits).cast_signed(),
            )
        }),
        ValueFunction::new("negative", sign_types, negative),
        ValueFunction::new("positive", sign_types, |row, of| {
            row.first().cloned().map_or_else(|| ScalarValue::try_from(of), Ok)
        }),
        ValueFunction::new("ordinal", ordinal_types, ordinal),
        ValueFunction::new("failif", failif_types, failif).nullable(),
        ValueFunction::new(FAILIF_SAYS, failif_types, failif_says).nullable(),
        ValueFunction::new(FOUND, found_types, found).nullable(),
        ValueFunction::new(ONLY, only_types, only).nullable(),
        ValueFunction::new(BRANCH, branch_types, |row, _| Ok(ScalarValue::from(is_chosen(row)))).nullable(),
        ValueFunction::new("hash", hash_types, |row, _| Ok(ScalarValue::from(i64::from(hash(row))))).nullable(),
    ]
}

fn shift_types(given: &[Arrow]) -> Settled {
    let [number, bits] = given else { return None };
    if number.is_nested() || bits.is_nested() {
        return None;
    }
    let number = if matches!(number, Arrow::Int8 | Arrow::Int16 | Arrow::Int32) { Arrow::Int32 } else { Arrow::Int64 };
    Some((vec![number.clone(), Arrow::Int64], number))
}

/// By the lowest bits of the distance, as many as the width of the number asks for. Source: "SHIFTLEFT".
fn shift(row: &[ScalarValue], narrow: fn(i32, u32) -> i32, wide: fn(i64, u32) -> i64) -> Outcome<ScalarValue> {
    let bits = |mask: i64| row.get(1).and_then(integer).and_then(|bits| u32::try_from(bits & mask).ok()).unwrap_or(0);
    Ok(match row.first() {
        Some(ScalarValue::Int32(Some(number))) => ScalarValue::from(narrow(*number, bits(31))),
        Some(ScalarValue::Int64(Some(number))) => ScalarValue::from(wide(*number, bits(63))),
        _ => ScalarValue::Int64(None),
    })
}

fn sign_types(given: &[Arrow]) -> Settled {
    let [number] = given else { return None };
    let number = match number {
        Arrow::Utf8 | Arrow::Null => Arrow::Float64,
        number if number.is_numeric() => number.clone(),
        _ => return None,
    };
    Some((vec![number.clone()], number))
}

fn negative(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let Some(number) = row.first() else { return ScalarValue::try_from(of) };
    number
        .arithmetic_negate()
        .map_err(|_| carry(Error::new(Code::Execution, "the result of a calculation does not fit its type")))
}

fn ordinal_types(given: &[Arrow]) -> Settled {
    let (_, values) = given.split_first().filter(|(place, values)| !place.is_nested() && !values.is_empty())?;
    let value = common(values)?;
    let arguments = std::iter::once(Arrow::Int64).chain(values.iter().map(|_| value.clone()));
    Some((arguments.collect(), value.clone()))
}

/// The n-th of the values in their order, counted from 1. Source: "ORDINAL".
fn ordinal(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let Some((place, values)) = row.split_first() else { return ScalarValue::try_from(of) };
    let mut values = values.to_vec();
    values.sort_by(ordered);
    let place = integer(place).and_then(|place| usize::try_from(place).ok()).and_then(|place| place.checked_sub(1));
    match place.and_then(|place| values.into_iter().nth(place)) {
        Some(value) => Ok(value),
        None => Err(carry(Error::new(Code::Execution, "the position given to `ordinal` is outside of its values"))),
    }
}

fn failif_types(given: &[Arrow]) -> Settled {
    let fits = given.len() == 2 && given.iter().all(|data_type| !data_type.is_nested());
    fits.then(|| (vec![Arrow::Boolean, Arrow::Utf8], Arrow::Boolean))
}

/// True unless the condition holds. Source: "FAILIF". The message may be a value, and stays where it is (FLW-10).
fn failif(row: &[ScalarValue], _: &Arrow) -> Outcome<ScalarValue> {
    match row.first() {
        Some(ScalarValue::Boolean(Some(true))) => {
            Err(carry(Error::new(Code::Execution, "the condition of `failif` holds")))
        }
        _ => Ok(ScalarValue::from(true)),
    }
}

/// What the planner calls `failif` with a message that the query spells out, which may be shown. No query can write this name.
pub const FAILIF_SAYS: &str = "?failif";

fn failif_says(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    match row {
        [ScalarValue::Boolean(Some(true)), message] => {
            let message = text(message).unwrap_or_default().replace(char::is_control, " ");
            Err(carry(Error::new(Code::Argument, message)))
        }
        _ => failif(row, of),
    }
}

/// What surrounds the gathered rows of a subquery that stands for one value. No query can write this name.
pub const ONLY: &str = "?only";

fn only_types(given: &[Arrow]) -> Settled {
    let [Arrow::List(element)] = given else { return None };
    Some((given.to_vec(), element.data_type().clone()))
}

/// The only row, or NULL without a row.
fn only(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let rows = match row.first() {
        Some(ScalarValue::List(list)) if !list.is_null(0) => list.value(0),
        _ => return ScalarValue::try_from(of),
    };
    match rows.len() {
        0 => ScalarValue::try_from(of),
        1 => ScalarValue::try_from_array(&rows, 0),
        _ => Err(carry(more_than_one_row())),
    }
}

/// What surrounds the subquery of `max_pt`. No query can write this name.
pub const FOUND: &str = "?max_pt";

fn found_types(given: &[Arrow]) -> Settled {
    let [partition] = given else { return None };
    Some((vec![partition.clone()], partition.clone()))
}

/// Source: "MAX_PT": it fails where no partition holds rows.
fn found(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    match row.first() {
        Some(partition) if !partition.is_null() => Ok(partition.clone()),
        Some(_) => Err(carry(Error::new(Code::Execution, "no partition of the table of `max_pt` has rows"))),
        None => ScalarValue::try_from(of),
    }
}

fn branch_types(given: &[Arrow]) -> Settled {
    match given {
        [Arrow::Boolean | Arrow::Null, Arrow::Boolean] => Some((vec![Arrow::Boolean, Arrow::Boolean], Arrow::Boolean)),
        [chosen, number] if chosen.is_integer() && number.is_integer() => {
            Some((vec![Arrow::Int64, Arrow::Int64], Arrow::Boolean))
        }
        _ => None,
    }
}

/// Whether the condition of a branch is true, or its number the one that was chosen. Source: "IF": a condition that is NULL does not hold.
pub fn is_chosen(row: &[ScalarValue]) -> bool {
    matches!(row, [chosen, number] if !chosen.is_null() && chosen == number)
}

fn hash_types(given: &[Arrow]) -> Settled {
    let simple = |given: &Arrow| match given {
        nested if nested.is_nested() => None,
        integer if integer.is_integer() => Some(Arrow::Int64),
        Arrow::Float16 | Arrow::Float32 | Arrow::Float64 => Some(Arrow::Float64),
        Arrow::Boolean => Some(Arrow::Boolean),
        _ => Some(Arrow::Utf8),
    };
    let arguments = given.iter().map(simple).collect::<Option<Vec<_>>>()?;
    (!given.is_empty()).then_some((arguments, Arrow::Int64))
}

/// Chosen: as Hive hashes; the documents do not say how. NULL is 0.
fn hash(row: &[ScalarValue]) -> i32 {
    let folded = |bits: u64| {
        let low = (bits ^ (bits >> 32)) & u64::from(u32::MAX);
        u32::try_from(low).unwrap_or_default().cast_signed()
    };
    let one = |value: &ScalarValue| match value {
        ScalarValue::Int64(Some(number)) => folded(number.cast_unsigned()),
        ScalarValue::Float64(Some(number)) => folded(number.to_bits()),
        ScalarValue::Boolean(Some(flag)) => i32::from(*flag),
        ScalarValue::Utf8(Some(text)) => {
            text.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte.cast_signed())))
        }
        _ => 0,
    };
    row.iter().fold(0_i32, |hash, value| hash.wrapping_mul(31).wrapping_add(one(value)))
}
