//! DECIMAL: the types of results, the operators `+ - * / %`, and the check that a value has no more digits than its type.
//!
//! Source: "DECIMAL data type": at most 38 digits; all results of calculations are truncated to 18 decimal places.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Datum, Decimal128Array, Float64Array, StringArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType as Arrow, Decimal128Type, Decimal256Type, Float32Type, Float64Type, i256,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;

use crate::data::types;
use crate::error::{Code, Error, Result};

/// Most decimal places of a DECIMAL.
const MAX_SCALE: u8 = 18;

/// Fewest decimal places of a quotient, as in Hive.
const QUOTIENT_SCALE: u8 = 6;

/// Decimal places that an average has more than what it is of.
const AVERAGE_SCALE: u8 = 4;

/// The precision and the scale of a DECIMAL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    precision: u8,
    scale: u8,
}

impl Digits {
    /// What the values of a DECIMAL or an integer need.
    pub fn of(data_type: &Arrow) -> Option<Self> {
        let (precision, scale) = match data_type {
            Arrow::Decimal128(precision, scale) => (*precision, u8::try_from(*scale).ok()?),
            Arrow::Int8 => (3, 0),
            Arrow::Int16 | Arrow::UInt8 => (5, 0),
            Arrow::Int32 | Arrow::UInt16 => (10, 0),
            Arrow::Int64 | Arrow::UInt32 => (19, 0),
            Arrow::UInt64 => (20, 0),
            _ => return None,
        };
        Some(Self { precision, scale })
    }

    /// The type in memory.
    pub fn arrow(self) -> Arrow {
        Arrow::Decimal128(self.precision, i8::try_from(self.scale).unwrap_or(i8::MAX))
    }

    fn whole(self) -> u8 {
        self.precision.saturating_sub(self.scale)
    }

    fn of_parts(whole: u8, scale: u8) -> Self {
        Self { precision: whole.saturating_add(scale).clamp(1, DECIMAL128_MAX_PRECISION), scale }
    }

    /// What the result of `self operator right` has.
    ///
    /// Chosen: Hive's rules, with at most 18 decimal places, none of which is given up for more digits before the point.
    pub fn result(self, operator: Operator, right: Self) -> Self {
        let common = self.scale.max(right.scale);
        let (whole, scale) = match operator {
            Operator::Multiply => (self.whole() + right.whole() + 1, self.scale + right.scale),
            Operator::Divide => (self.whole() + right.scale, QUOTIENT_SCALE.max(self.scale + right.precision + 1)),
            Operator::Modulo => (self.whole().min(right.whole()), common),
            _ => (self.whole().max(right.whole()) + 1, common),
        };
        Self::of_parts(whole, scale.min(MAX_SCALE))
    }
}

/// The types of both sides and of the result, where an operator stands between a DECIMAL and another exact number.
///
/// NULL has the type of the other side.
pub fn operands(operator: Operator, left: &Arrow, right: &Arrow) -> Option<[Digits; 3]> {
    let (left, right) = match (left, right) {
        (Arrow::Null, other) | (other, Arrow::Null) if other.is_decimal() => (Digits::of(other)?, Digits::of(other)?),
        _ if left.is_decimal() || right.is_decimal() => (Digits::of(left)?, Digits::of(right)?),
        _ => return None,
    };
    Some([left, right, left.result(operator, right)])
}

/// The type of an average, where it is a DECIMAL. Chosen: four decimal places more, as far as there may be.
pub fn average(given: &[Arrow]) -> Option<Arrow> {
    let [one @ Arrow::Decimal128(..)] = given else { return None };
    let digits = Digits::of(one)?;
    let scale = digits.scale.saturating_add(AVERAGE_SCALE).min(MAX_SCALE).max(digits.scale);
    Some(Digits::of_parts(digits.whole(), scale).arrow())
}

/// An operand, and whether it is one value for all rows.
type Side<T> = (T, bool);

/// One operator between two types, ready for many rows: `(left * left_factor operator right * right_factor) / cut`.
struct Calculation {
    operator: Operator,
    left_factor: i128,
    right_factor: i128,
    cut: i128,
    result: Digits,
    limit: i128,
}

impl Calculation {
    fn new(operator: Operator, left: Digits, right: Digits) -> Option<Self> {
        let result = left.result(operator, right);
        let power = |exponent: u8| 10_i128.checked_pow(u32::from(exponent));
        let (left_places, right_places, places) = match operator {
            Operator::Multiply => (0, 0, left.scale + right.scale),
            Operator::Divide => {
                let given = result.scale + right.scale;
                (given.saturating_sub(left.scale), left.scale.saturating_sub(given), result.scale)
            }
            _ => {
                let common = left.scale.max(right.scale);
                (common - left.scale, common - right.scale, common)
            }
        };
        Some(Self {
            operator,
            left_factor: power(left_places)?,
            right_factor: power(right_places)?,
            cut: power(places.saturating_sub(result.scale))?,
            result,
            limit: power(result.precision)?,
        })
    }

    /// The results of all rows, where the sizes of the operands show that none of them is too large; nothing otherwise.
    fn all(&self, (left, left_is_one): Side<&[i128]>, (right, right_is_one): Side<&[i128]>) -> Option<Vec<i128>> {
        if self.cut != 1 || self.gives_null() {
            return None;
        }
        let (left_bound, right_bound) = (bound(left), bound(right));
        let most_left = left_bound.checked_mul(self.left_factor)?;
        let most_right = right_bound.checked_mul(self.right_factor)?;
        let most = match self.operator {
            Operator::Multiply => most_left.checked_mul(most_right)?,
            _ => most_left.checked_add(most_right)?,
        };
        if most >= self.limit {
            return None;
        }
        let small = most_left.max(most_right) < i128::from(i64::MAX);
        let (left_factor, right_factor) = (self.left_factor, self.right_factor);
        // Nothing below wraps: `most` bounds every result.
        match self.operator {
            Operator::Plus => Some(each(left, left_is_one, right, right_is_one, |left, right| {
                left.wrapping_mul(left_factor).wrapping_add(right.wrapping_mul(right_factor))
            })),
            Operator::Minus => Some(each(left, left_is_one, right, right_is_one, |left, right| {
                left.wrapping_mul(left_factor).wrapping_sub(right.wrapping_mul(right_factor))
            })),
            Operator::Multiply if small => Some(each(left, left_is_one, right, right_is_one, |left, right| {
                i128::from(left as i64) * i128::from(right as i64)
            })),
            Operator::Multiply => Some(each(left, left_is_one, right, right_is_one, i128::wrapping_mul)),
            _ => None,
        }
    }

    /// The result, which is truncated; NULL of a division by zero.
    fn of(&self, left: i128, right: i128) -> Result<Option<i128>, ArrowError> {
        if right == 0 && self.gives_null() {
            return Ok(None);
        }
        self.known(left, right).map(Some)
    }

    /// Whether a result may be NULL of values that are not.
    fn gives_null(&self) -> bool {
        matches!(self.operator, Operator::Divide | Operator::Modulo)
    }

    /// The result, which is truncated; of a division, by something else than zero.
    #[inline]
    fn known(&self, left: i128, right: i128) -> Result<i128, ArrowError> {
        // What fits 128 bits on its way is calculated in them, which is faster.
        let result = self.narrow(left, right).or_else(|| self.wide(left, right));
        result.filter(|result| -self.limit < *result && *result < self.limit).ok_or_else(|| self.overflow())
    }

    #[inline]
    fn narrow(&self, left: i128, right: i128) -> Option<i128> {
        let (left, right) = (times(left, self.left_factor)?, times(right, self.right_factor)?);
        let result = match self.operator {
            Operator::Plus => left.checked_add(right),
            Operator::Minus => left.checked_sub(right),
            Operator::Multiply => times(left, right),
            Operator::Divide => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        // A division of 128 bits takes longer than all the rest.
        if self.cut == 1 { result } else { result?.checked_div(self.cut) }
    }

    fn wide(&self, left: i128, right: i128) -> Option<i128> {
        let times = |value: i128, factor: i128| i256::from_i128(value).checked_mul(i256::from_i128(factor));
        let (left, right) = (times(left, self.left_factor)?, times(right, self.right_factor)?);
        let result = match self.operator {
            Operator::Plus => left.checked_add(right),
            Operator::Minus => left.checked_sub(right),
            Operator::Multiply => left.checked_mul(right),
            Operator::Divide => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        result?.checked_div(i256::from_i128(self.cut))?.to_i128()
    }

    fn overflow(&self) -> ArrowError {
        let data_type = types::from_arrow(&self.result.arrow());
        let error = Error::new(Code::Execution, format!("the result of a calculation does not fit {data_type}"));
        ArrowError::ExternalError(error.help("cast the operands to decimals of fewer decimal places, or to `double`"))
    }
}

/// The rows whose result is NULL because an operand is.
fn nulls(left: Side<&Decimal128Array>, right: Side<&Decimal128Array>, rows: usize) -> Option<NullBuffer> {
    let spread = |(side, is_one): Side<&Decimal128Array>| match is_one && side.null_count() > 0 {
        true => Some(NullBuffer::new_null(rows)),
        false if is_one => None,
        false => side.nulls().cloned(),
    };
    NullBuffer::union(spread(left).as_ref(), spread(right).as_ref())
}

/// `calculate` of each pair of values.
fn each(
    left: &[i128],
    left_is_one: bool,
    right: &[i128],
    right_is_one: bool,
    calculate: impl Fn(i128, i128) -> i128,
) -> Vec<i128> {
    match (left, right) {
        ([one], _) if left_is_one => right.iter().map(|right| calculate(*one, *right)).collect(),
        (_, [one]) if right_is_one => left.iter().map(|left| calculate(*left, *one)).collect(),
        _ => left.iter().zip(right).map(|(left, right)| calculate(*left, *right)).collect(),
    }
}

/// A number that no value exceeds in size.
fn bound(values: &[i128]) -> i128 {
    // Less work than the largest of them, and at most twice as much.
    values.iter().fold(0, |bits, value| bits | (value ^ (value >> 127))).saturating_add(1)
}

/// A product, if it fits. What fits 64 bits, as most amounts do, is multiplied without a check.
#[inline]
fn times(left: i128, right: i128) -> Option<i128> {
    match (i64::try_from(left), i64::try_from(right)) {
        (Ok(left), Ok(right)) => Some(i128::from(left) * i128::from(right)),
        _ => left.checked_mul(right),
    }
}

/// `left operator right` of DECIMALs.
///
/// # Errors
/// A result with more digits than its type has.
pub fn calculate(operator: Operator, left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef, ArrowError> {
    let ((left, left_is_one), (right, right_is_one)) = (left.get(), right.get());
    let calculation = match (Digits::of(left.data_type()), Digits::of(right.data_type())) {
        (Some(left), Some(right)) => Calculation::new(operator, left, right),
        _ => None,
    };
    let operands = (left.as_primitive_opt::<Decimal128Type>(), right.as_primitive_opt::<Decimal128Type>());
    let (Some(calculation), (Some(left), Some(right))) = (calculation, operands) else {
        return Err(ArrowError::InvalidArgumentError("not two decimals".to_owned()));
    };
    let rows = if left_is_one { right.len() } else { left.len() };
    let value = |side: &Decimal128Array, is_one: bool, row: usize| {
        let at = if is_one { 0 } else { row };
        side.is_valid(at).then(|| side.value(at))
    };
    let result = match calculation.all((left.values(), left_is_one), (right.values(), right_is_one)) {
        Some(values) => Decimal128Array::new(values.into(), nulls((left, left_is_one), (right, right_is_one), rows)),
        None => {
            let row = |row| match (value(left, left_is_one, row), value(right, right_is_one, row)) {
                (Some(left), Some(right)) => calculation.of(left, right),
                _ => Ok(None),
            };
            (0..rows).map(row).collect::<Result<Decimal128Array, _>>()?
        }
    };
    Ok(Arc::new(result.with_data_type(calculation.result.arrow())))
}

/// DECIMALs as the doubles next to them: calculated in doubles, a long one may become one beside.
pub fn doubles(array: &dyn Array) -> Option<Float64Array> {
    /// Up to here every whole number is a double, and so is every power of ten that a scale asks for.
    const EXACT: u128 = 1 << 53;
    let (Arrow::Decimal128(_, scale), Some(decimals)) = (array.data_type(), array.as_primitive_opt::<Decimal128Type>())
    else {
        return None;
    };
    let power = 10_i64.checked_pow(u32::try_from(*scale).ok()?)? as f64;
    let double = |value: i128| match value.unsigned_abs() <= EXACT {
        true => Some(value as f64 / power),
        false => format!("{value}e-{scale}").parse().ok(),
    };
    Some(decimals.iter().map(|value| value.and_then(double)).collect())
}

/// The digits of floating numbers as they are shown, which a DECIMAL of them has: `4.35` is 4.35 and not the double next
/// to it.
pub fn digits_of_floats(array: &dyn Array) -> Option<StringArray> {
    Some(match array.data_type() {
        Arrow::Float64 => {
            let floats = array.as_primitive_opt::<Float64Type>()?;
            floats.iter().map(|float| float.map(|float| float.to_string())).collect()
        }
        Arrow::Float32 => {
            let floats = array.as_primitive_opt::<Float32Type>()?;
            floats.iter().map(|float| float.map(|float| float.to_string())).collect()
        }
        _ => return None,
    })
}

/// A double as the DECIMAL that has its digits.
pub fn of_double(double: f64) -> Option<ScalarValue> {
    let text = double.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let scale = u8::try_from(fraction.len()).ok().filter(|scale| *scale <= MAX_SCALE)?;
    let value: i128 = format!("{whole}{fraction}").parse().ok()?;
    let precision = u8::try_from(value.checked_abs()?.to_string().len()).ok()?.max(scale);
    (precision <= DECIMAL128_MAX_PRECISION)
        .then(|| ScalarValue::Decimal128(Some(value), precision, i8::try_from(scale).unwrap_or_default()))
}

/// An error where a value has more digits than its type.
///
/// # Errors
/// That one. It does not show the value.
pub fn check(array: &dyn Array) -> Result<()> {
    let fits = match array.data_type() {
        Arrow::Decimal128(precision, _) => {
            array.as_primitive::<Decimal128Type>().validate_decimal_precision(*precision).is_ok()
        }
        Arrow::Decimal256(precision, _) => {
            array.as_primitive::<Decimal256Type>().validate_decimal_precision(*precision).is_ok()
        }
        _ => true,
    };
    if fits { Ok(()) } else { Err(misfit(array.data_type())) }
}

/// The error for a value with more digits than its type.
pub fn misfit(data_type: &Arrow) -> Box<Error> {
    let data_type = types::from_arrow(data_type);
    Error::new(Code::Execution, format!("a value does not fit {data_type}"))
        .help("cast to decimals of fewer decimal places, or to `double`")
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Scalar;

    use super::*;

    fn digits(precision: u8, scale: u8) -> Digits {
        Digits { precision, scale }
    }

    #[test]
    fn results_have_hives_types_up_to_eighteen_places() {
        for (operator, left, right, result) in [
            (Operator::Plus, (10, 2), (5, 4), (13, 4)),
            (Operator::Minus, (38, 18), (38, 0), (38, 18)),
            (Operator::Multiply, (10, 2), (5, 1), (16, 3)),
            (Operator::Multiply, (38, 18), (38, 18), (38, 18)),
            (Operator::Divide, (10, 2), (5, 1), (17, 8)),
            (Operator::Divide, (1, 0), (1, 0), (7, 6)),
            (Operator::Divide, (38, 18), (38, 18), (38, 18)),
            (Operator::Modulo, (10, 2), (5, 4), (5, 4)),
        ] {
            let given = (digits(left.0, left.1), digits(right.0, right.1));
            assert_eq!(given.0.result(operator, given.1), digits(result.0, result.1), "{left:?} {operator} {right:?}");
        }
    }

    #[test]
    fn all_rows_at_once_give_what_each_row_gives() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..4_000 {
            let (left_is_one, right_is_one) = [(false, false), (true, false), (false, true)][random.usize(..3)];
            let mut side = |is_one: bool| {
                let precision = random.u8(1..=38);
                let digits = digits(precision, random.u8(0..=precision.min(18)));
                let size = random.u32(1..=u32::from(precision));
                let mut value =
                    |_| random.u8(..8).ne(&0).then(|| random.i128(-10_i128.pow(size) + 1..10_i128.pow(size)));
                let values: Vec<_> = (0..if is_one { 1 } else { 5 }).map(&mut value).collect();
                (digits, values)
            };
            let ((left, lefts), (right, rights)) = (side(left_is_one), side(right_is_one));
            for operator in [Operator::Plus, Operator::Minus, Operator::Multiply, Operator::Divide, Operator::Modulo] {
                let array = |digits: Digits, values: &[Option<i128>]| -> Decimal128Array {
                    Decimal128Array::from(values.to_vec()).with_data_type(digits.arrow())
                };
                let (one, other) = (array(left, &lefts), array(right, &rights));
                let scalar = |array: &Decimal128Array, is_one: bool| -> Box<dyn Datum> {
                    if is_one { Box::new(Scalar::new(array.clone())) } else { Box::new(array.clone()) }
                };
                let (one, other) = (scalar(&one, left_is_one), scalar(&other, right_is_one));
                let found = calculate(operator, one.as_ref(), other.as_ref()).map_err(|error| error.to_string());
                let Some(calculation) = Calculation::new(operator, left, right) else { continue };
                let row = |row: usize| {
                    let at = |values: &[Option<i128>], is_one| values[if is_one { 0 } else { row }];
                    match (at(&lefts, left_is_one), at(&rights, right_is_one)) {
                        (Some(left), Some(right)) => calculation.of(left, right),
                        _ => Ok(None),
                    }
                };
                let expected: Result<Vec<_>, _> = (0..5).map(row).collect();
                let expected = expected.map_err(|error| error.to_string());
                let found = found.map(|found| found.as_primitive::<Decimal128Type>().iter().collect::<Vec<_>>());
                assert_eq!(found, expected, "{lefts:?} {operator} {rights:?}");
            }
        }
    }

    #[test]
    fn doubles_and_decimals_have_the_same_digits() {
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..20_000 {
            let (digits, scale) = (random.u32(1..=17), random.i8(0..=18));
            let value = i128::from(random.u64(..10_u64.pow(digits))) * if random.bool() { 1 } else { -1 };
            let decimals = Decimal128Array::from(vec![value]).with_data_type(Arrow::Decimal128(38, scale));
            let double = doubles(&decimals).unwrap().value(0);
            assert_eq!(double, format!("{value}e-{scale}").parse::<f64>().unwrap());
            if digits <= 15 {
                let Some(ScalarValue::Decimal128(Some(back), _, places)) = of_double(double) else {
                    panic!("{double}")
                };
                assert_eq!(back * 10_i128.pow(u32::try_from(scale - places).unwrap()), value);
            }
        }
        assert_eq!(of_double(4.35), Some(ScalarValue::Decimal128(Some(435), 3, 2)));
        assert_eq!(of_double(-0.05), Some(ScalarValue::Decimal128(Some(-5), 2, 2)));
        for none in [1e38, 1e-19, f64::NAN, f64::INFINITY] {
            assert_eq!(of_double(none), None);
        }
    }

    #[test]
    fn both_widths_of_calculating_agree() {
        let mut random = fastrand::Rng::with_seed(11);
        let mut both = 0;
        for _ in 0..20_000 {
            let mut side = || {
                let precision = random.u8(1..=38);
                let scale = random.u8(0..=precision.min(MAX_SCALE));
                let bound = 10_i128.pow(u32::from(random.u8(1..=precision)));
                (digits(precision, scale), random.i128(-bound + 1..bound))
            };
            let ((left, one), (right, other)) = (side(), side());
            for operator in [Operator::Plus, Operator::Minus, Operator::Multiply, Operator::Divide, Operator::Modulo] {
                let calculation = Calculation::new(operator, left, right).unwrap();
                if let Some(narrow) = calculation.narrow(one, other) {
                    both += 1;
                    assert_eq!(Some(narrow), calculation.wide(one, other), "{one} {operator} {other}");
                }
            }
        }
        assert!(both > 10_000, "{both}");
    }
}
