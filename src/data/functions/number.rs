//! Numbers in other bases, roots and logarithms.

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::Result;

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
        RowFunction::new("sign", &[Kind::Double], 1, Shape::Double, sign),
        RowFunction::new("e", &[], 0, Shape::Double, |_| Ok(Value::Double(std::f64::consts::E))),
    ]
}

/// Outside its range a function gives NULL. Source: "SQRT", "LN", "LOG".
fn finite(number: Option<f64>) -> Result<Value> {
    Ok(number.filter(|number| number.is_finite()).map_or(Value::Null, Value::Double))
}

/// NULL outside 0 to 20. Source: "FACTORIAL".
fn factorial(row: &Row<'_>) -> Result<Value> {
    let number = row.integer(0).filter(|number| (0..=20).contains(number));
    Ok(number.map_or(Value::Null, |number| Value::Integer((1..=number).product())))
}

/// A number written in one base, in another one; bases 2–36. Source: "CONV".
fn convert(row: &Row<'_>) -> Result<Value> {
    let base = |argument: usize| u32::try_from(row.integer(argument)?).ok().filter(|base| (2..=36).contains(base));
    let (Some(from), Some(to)) = (base(1), base(2)) else { return Ok(Value::Null) };
    let Ok(number) = i128::from_str_radix(row.words(0).trim(), from) else { return Ok(Value::Null) };
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % u128::from(to)).ok().and_then(|digit| char::from_digit(digit, to));
        digits.extend(digit.map(|digit| digit.to_ascii_uppercase()));
        rest /= u128::from(to);
        if rest == 0 {
            break;
        }
    }
    digits.extend((number < 0).then_some('-'));
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
