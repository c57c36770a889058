//! Numbers in other bases, roots and logarithms.

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::{Code, Error, Result};

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![
        RowFunction::new("conv", &[Kind::Text, Kind::Integer, Kind::Integer], 3, Shape::Text, convert),
        RowFunction::new("factorial", &[Kind::Integer], 1, Shape::Integer, factorial),
        RowFunction::new("ln", &[Kind::Double], 1, Shape::Double, |row| finite(row.double(0).map(f64::ln))),
        RowFunction::new("log2", &[Kind::Double], 1, Shape::Double, |row| finite(row.double(0).map(f64::log2))),
        RowFunction::new("log10", &[Kind::Double], 1, Shape::Double, |row| finite(row.double(0).map(f64::log10))),
        RowFunction::new("log", &[Kind::Double, Kind::Double], 2, Shape::Double, |row| {
            finite(row.double(0).zip(row.double(1)).map(|(base, number)| number.ln() / base.ln()))
        }),
        RowFunction::new("sqrt", &[Kind::Double], 1, Shape::Double, |row| finite(row.double(0).map(f64::sqrt))),
        RowFunction::new("acos", &[Kind::Double], 1, Shape::Double, |row| finite(row.double(0).map(f64::acos))),
        RowFunction::new("asin", &[Kind::Double], 1, Shape::Double, |row| finite(row.double(0).map(f64::asin))),
        RowFunction::new("atan", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::atan)),
        RowFunction::new("atan2", &[Kind::Double, Kind::Double], 2, Shape::Double, |row| both(row, f64::atan2)),
        RowFunction::new("cbrt", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::cbrt)),
        RowFunction::new("cos", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::cos)),
        RowFunction::new("cosh", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::cosh)),
        RowFunction::new("cot", &[Kind::Double], 1, Shape::Double, |row| of(row, |number| 1.0 / number.tan())),
        RowFunction::new("degrees", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::to_degrees)),
        RowFunction::new("exp", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::exp)),
        RowFunction::new("pow", &[Kind::Double, Kind::Double], 2, Shape::Double, |row| both(row, f64::powf)),
        RowFunction::new("power", &[Kind::Double, Kind::Double], 2, Shape::Double, |row| both(row, f64::powf)),
        RowFunction::new("radians", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::to_radians)),
        RowFunction::new("sin", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::sin)),
        RowFunction::new("sinh", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::sinh)),
        RowFunction::new("tan", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::tan)),
        RowFunction::new("tanh", &[Kind::Double], 1, Shape::Double, |row| of(row, f64::tanh)),
        RowFunction::new(
            "width_bucket",
            &[Kind::Double, Kind::Double, Kind::Double, Kind::Integer],
            4,
            Shape::Integer,
            bucket,
        ),
        RowFunction::new("sign", &[Kind::Double], 1, Shape::Double, sign),
        RowFunction::new("e", &[], 0, Shape::Double, |_| Ok(Value::Double(std::f64::consts::E))),
    ]
}

/// Outside its range a function gives NULL. Source: "SQRT", "LN", "LOG".
fn finite(number: Option<f64>) -> Result<Value> {
    Ok(number.filter(|number| number.is_finite()).map_or(Value::Null, Value::Double))
}

fn of(row: &Row<'_>, calculate: fn(f64) -> f64) -> Result<Value> {
    Ok(row.double(0).map_or(Value::Null, |number| Value::Double(calculate(number))))
}

fn both(row: &Row<'_>, calculate: fn(f64, f64) -> f64) -> Result<Value> {
    let numbers = row.double(0).zip(row.double(1));
    Ok(numbers.map_or(Value::Null, |(left, right)| Value::Double(calculate(left, right))))
}

/// In which of so many parts of a range a number lies: 0 below, one more than there are above. Source: "WIDTH_BUCKET".
fn bucket(row: &Row<'_>) -> Result<Value> {
    let (Some(number), Some(low), Some(high), Some(count)) =
        (row.double(0), row.double(1), row.double(2), row.integer(3))
    else {
        return Ok(Value::Null);
    };
    if count <= 0 || low == high || !low.is_finite() || !high.is_finite() || number.is_nan() {
        return Err(Error::new(Code::Execution, "`width_bucket` needs two bounds that differ and at least one bucket"));
    }
    let share = (number - low) / (high - low);
    Ok(Value::Integer(if share < 0.0 {
        0
    } else if share >= 1.0 {
        count.saturating_add(1)
    } else {
        (share * count as f64).floor() as i64 + 1
    }))
}

/// NULL outside 0 to 20. Source: "FACTORIAL".
fn factorial(row: &Row<'_>) -> Result<Value> {
    let number = row.integer(0).filter(|number| (0..=20).contains(number));
    Ok(number.map_or(Value::Null, |number| Value::Integer((1..=number).product())))
}

/// A number written in one base, in another one; bases 2–36. A fraction is cut off. Source: "CONV": a negative number, or one of
/// more than 64 bits, is an error.
fn convert(row: &Row<'_>) -> Result<Value> {
    let base = |argument: usize| u32::try_from(row.integer(argument)?).ok().filter(|base| (2..=36).contains(base));
    let (Some(from), Some(to)) = (base(1), base(2)) else { return Ok(Value::Null) };
    let given = row.words(0).trim();
    let whole = given.split_once('.').map_or(given, |(whole, _)| whole);
    if whole.starts_with('-') {
        return Err(Error::new(Code::Execution, "`conv` takes no negative number"));
    }
    let Ok(number) = u128::from_str_radix(whole, from) else { return Ok(Value::Null) };
    if number > u128::from(u64::MAX) {
        return Err(Error::new(Code::Execution, "a number does not fit the 64 bits of `conv`"));
    }
    let mut rest = number;
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % u128::from(to)).ok().and_then(|digit| char::from_digit(digit, to));
        digits.extend(digit.map(|digit| digit.to_ascii_uppercase()));
        rest /= u128::from(to);
        if rest == 0 {
            break;
        }
    }
    Ok(Value::Text(digits.into_iter().rev().collect()))
}

fn sign(row: &Row<'_>) -> Result<Value> {
    Ok(row.double(0).map_or(Value::Null, |number| {
        Value::Double(if number > 0.0 {
            1.0
        } else if number < 0.0 {
            -1.0
        } else {
            0.0
        })
    }))
}
