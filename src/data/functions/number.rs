//! Numbers in other bases.

use super::row::{Kind, Row, RowFunction, Shape, Value};
use crate::error::Result;

/// The functions of this file.
pub fn functions() -> Vec<RowFunction> {
    vec![
        RowFunction::new("conv", &[Kind::Text, Kind::Integer, Kind::Integer], 3, Shape::Text, convert),
        RowFunction::new("sign", &[Kind::Double], 1, Shape::Double, sign),
        RowFunction::new("e", &[], 0, Shape::Double, |_| Ok(Value::Double(std::f64::consts::E))),
    ]
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
