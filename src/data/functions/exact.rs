//! Arithmetic and conversions as MaxCompute does them, for the plan that is run: nobody calls them by name.
//!
//! Never shows a value: an error says only what did not fit (FLW-10).

use std::sync::Arc;

use chrono::{Duration, Months};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray};
use datafusion::arrow::compute::kernels::boolean::and_kleene;
use datafusion::arrow::compute::kernels::cmp::{gt_eq, lt_eq};
use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

use super::allowance::Meter;
use super::decimal;
use crate::data::cells::{self, Style};
use crate::data::failure::carry;
use crate::data::moments::{self, At, Reading};
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::{Dialect, Misfit, Zone};

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `+`, `-` and `*` from left to right, of integers of this type: what does not fit is an error, never another number.
    ///
    /// Source: "Arithmetic operators"; chosen: an error, not NULL.
    Checked(Vec<Operator>, Arrow),
    /// `+`, `-`, `*`, `/` and `%` from left to right, of DECIMALs; the result has this type. Source: "DECIMAL data type".
    Decimal(Vec<Operator>, Arrow),
    /// `abs` of an integer of this type; the smallest has none. Source: "ABS".
    Absolute(Arrow),
    /// Any value as the text that a result shows for it.
    Text(Style),
    /// Text as an integer of this type, read as a double if it must be: `1.9` is 1. Source: "CAST".
    Whole(Arrow, Misfit),
    /// Text as another number; a floating number as the DECIMAL that has its digits.
    Number(Arrow, Misfit),
    /// A DECIMAL as the double next to it.
    Double,
    /// Text as a flag: all but the empty one is true. Source: "CAST".
    Flag,
    /// Text, days and moments as days or moments, on the clock of a session.
    Moment(Arrow, Arc<Dialect>, Misfit),
    /// A moment plus or minus an interval, on the clock of a session.
    Moved(Operator, Zone, Arrow),
    /// Whether a value lies between two others: for long expressions, which the engine would write out twice.
    Between,
    /// At most so many characters of a text. Source: "Data type editions", VARCHAR.
    Cut(u32),
}

/// The call of an operation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Exact {
    operation: Operation,
    signature: Signature,
}

impl Operation {
    /// This operation on `arguments`.
    pub fn call(self, arguments: Vec<Expr>) -> Expr {
        Expr::ScalarFunction(self.function(arguments))
    }

    fn function(self, arguments: Vec<Expr>) -> ScalarFunction {
        let signature = Signature::any(arguments.len(), Volatility::Immutable);
        let function = Arc::new(ScalarUDF::from(Exact { operation: self, signature }));
        ScalarFunction::new_udf(function, arguments)
    }

    fn result(&self) -> Arrow {
        match self {
            Self::Checked(_, data_type)
            | Self::Decimal(_, data_type)
            | Self::Absolute(data_type)
            | Self::Whole(data_type, _)
            | Self::Number(data_type, _)
            | Self::Moment(data_type, ..)
            | Self::Moved(_, _, data_type) => data_type.clone(),
            Self::Double => Arrow::Float64,
            Self::Flag | Self::Between => Arrow::Boolean,
            Self::Text(_) | Self::Cut(_) => Arrow::Utf8,
        }
    }
}

/// `left operator right` of integers of one type. A chain is one call: the engine looks at every level anew.
pub fn calculated(left: Expr, operator: Operator, right: Expr, data_type: Arrow) -> Expr {
    let chain = match &left {
        Expr::ScalarFunction(call) => match call.func.inner().downcast_ref::<Exact>() {
            Some(Exact { operation: Operation::Checked(operators, known), .. }) if *known == data_type => {
                Some(operators.clone())
            }
            _ => None,
        },
        _ => None,
    };
    let (mut operators, mut operands) = match (chain, left) {
        (Some(operators), Expr::ScalarFunction(call)) => (operators, call.args),
        (_, left) => (Vec::new(), vec![left]),
    };
    operators.push(operator);
    operands.push(right);
    Operation::Checked(operators, data_type).call(operands)
}

/// `call`, where it continues a chain of calculations with DECIMALs as one call of all of them.
pub fn chained(mut call: ScalarFunction) -> (ScalarFunction, bool) {
    let operators = |call: &ScalarFunction| match call.func.inner().downcast_ref::<Exact>()?.operation {
        Operation::Decimal(ref operators, ref data_type) => Some((operators.clone(), data_type.clone())),
        _ => None,
    };
    let (Some((next, data_type)), Some(Expr::ScalarFunction(first))) = (operators(&call), call.args.first()) else {
        return (call, false);
    };
    let Some((mut all, _)) = operators(first) else { return (call, false) };
    all.extend(next);
    let mut operands = std::mem::take(&mut call.args).into_iter();
    let first = match operands.next() {
        Some(Expr::ScalarFunction(first)) => first.args,
        other => other.into_iter().collect(),
    };
    let operands: Vec<Expr> = first.into_iter().chain(operands).collect();
    (Operation::Decimal(all, data_type).function(operands), true)
}

/// The type of an expression that is such a call, without a look inside.
pub fn known_type(expression: &Expr) -> Option<Arrow> {
    let Expr::ScalarFunction(call) = expression else { return None };
    call.func.inner().downcast_ref::<Exact>().map(|exact| exact.operation.result())
}

impl ScalarUDFImpl for Exact {
    fn name(&self) -> &str {
        match &self.operation {
            Operation::Checked(..) => "calculated",
            Operation::Decimal(operators, _) => match operators.as_slice() {
                [Operator::Plus] => "plus",
                [Operator::Minus] => "minus",
                [Operator::Multiply] => "times",
                [Operator::Divide] => "divided",
                [Operator::Modulo] => "remainder",
                _ => "calculated",
            },
            Operation::Double => "as_double",
            Operation::Absolute(_) => "absolute",
            Operation::Text(_) => "as_text",
            Operation::Whole(..) => "as_whole_number",
            Operation::Number(..) => "as_number",
            Operation::Flag => "as_flag",
            Operation::Moment(..) => "as_moment",
            Operation::Moved(..) => "moved",
            Operation::Between => "lies_between",
            Operation::Cut(_) => "cut",
        }
    }

    /// Two operators between the same columns are two columns.
    fn schema_name(&self, arguments: &[Expr]) -> Outcome<String> {
        let mut names = arguments.iter().map(|argument| argument.schema_name().to_string());
        let Operation::Decimal(operators, _) = &self.operation else {
            return Ok(format!("{}({})", self.name(), names.collect::<Vec<_>>().join(",")));
        };
        let first = names.next().unwrap_or_default();
        Ok(operators.iter().zip(names).fold(first, |left, (operator, right)| format!("({left} {operator} {right})")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(self.operation.result())
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let meter = Meter::new(&given.config_options);
        match (&self.operation, given.args.as_slice()) {
            (Operation::Checked(operators, _), [first, rest @ ..]) => {
                operators.iter().zip(rest).try_fold(first.clone(), |left, (operator, right)| match operator {
                    Operator::Plus => apply(&left, right, add),
                    Operator::Minus => apply(&left, right, sub),
                    _ => apply(&left, right, mul),
                })
            }
            (Operation::Decimal(operators, _), [first, rest @ ..]) => {
                operators.iter().zip(rest).try_fold(first.clone(), |left, (operator, right)| {
                    apply(&left, right, |left, right| decimal::calculate(*operator, left, right))
                })
            }
            (Operation::Moved(operator, zone, _), [moment, interval]) => {
                let (moments, intervals) = (moment.to_array(given.number_rows)?, interval.to_array(given.number_rows)?);
                Ok(ColumnarValue::Array(moved(&moments, &intervals, *operator == Operator::Minus, *zone)?))
            }
            (Operation::Between, [value, low, high]) => {
                let not_below = apply(value, low, |value, low| Ok(Arc::new(gt_eq(value, low)?) as ArrayRef))?;
                let not_above = apply(value, high, |value, high| Ok(Arc::new(lt_eq(value, high)?) as ArrayRef))?;
                apply(&not_below, &not_above, |one, other| {
                    let (one, other) = (one.get().0.as_boolean(), other.get().0.as_boolean());
                    let rows = one.len().max(other.len());
                    let spread = |flags: &BooleanArray| -> BooleanArray {
                        let at = |row| if flags.len() == 1 { 0 } else { row };
                        (0..rows).map(|row| flags.is_valid(at(row)).then(|| flags.value(at(row)))).collect()
                    };
                    Ok(Arc::new(and_kleene(&spread(one), &spread(other))?) as ArrayRef)
                })
            }
            (operation, [ColumnarValue::Scalar(value)]) => {
                let array = convert(operation, &value.to_array()?, &meter)?;
                ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar)
            }
            (operation, [ColumnarValue::Array(array)]) => convert(operation, array, &meter).map(ColumnarValue::Array),
            _ => Err(DataFusionError::Internal("another number of operands".to_owned())),
        }
    }
}

fn convert(operation: &Operation, array: &ArrayRef, meter: &Meter) -> Outcome<ArrayRef> {
    meter.look().map_err(carry)?;
    let fitting = CastOptions { safe: true, ..CastOptions::default() };
    Ok(match operation {
        Operation::Checked(..) | Operation::Decimal(..) | Operation::Moved(..) | Operation::Between => {
            Arc::clone(array)
        }
        Operation::Absolute(data_type) => {
            let overflow = || ArrowError::ArithmeticOverflow("abs".to_owned());
            let wide = cast(array, &Arrow::Int64)?;
            let absolute = wide
                .as_primitive::<Int64Type>()
                .try_unary::<_, Int64Type, _>(|number| number.checked_abs().ok_or_else(overflow))?;
            let exact = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(&absolute, data_type, &exact).map_err(|_| overflow())?
        }
        Operation::Text(style) => {
            let texts = cells::texts(array, *style).map_err(carry)?;
            meter.count(texts.iter().flatten().map(String::len).sum()).map_err(carry)?;
            Arc::new(texts.into_iter().collect::<StringArray>())
        }
        Operation::Whole(data_type, misfit) => {
            let texts = numbers(array, *misfit)?;
            let whole: Int64Array = texts.as_string::<i32>().iter().map(|text| whole(text?)).collect();
            fits(array, cast_with_options(&whole, data_type, &fitting)?, data_type, *misfit)?
        }
        Operation::Number(data_type, misfit) => {
            fits(array, cast_with_options(&numbers(array, *misfit)?, data_type, &fitting)?, data_type, *misfit)?
        }
        Operation::Double => match decimal::doubles(array) {
            Some(doubles) => Arc::new(doubles),
            None => cast(array, &Arrow::Float64)?,
        },
        Operation::Flag => {
            let texts = cast(array, &Arrow::Utf8)?;
            let flags = texts.as_string::<i32>().iter().map(|text| text.map(|text| !text.is_empty()));
            Arc::new(flags.collect::<BooleanArray>())
        }
        Operation::Moment(data_type, dialect, misfit) => {
            fits(array, moments::convert(array, data_type, dialect)?, data_type, *misfit)?
        }
        Operation::Cut(length) => {
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            let texts = cast(array, &Arrow::Utf8)?;
            let cut = |text: &str| text.chars().take(length).collect::<String>();
            Arc::new(texts.as_string::<i32>().iter().map(|text| text.map(cut)).collect::<StringArray>())
        }
    })
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

/// Moments plus or minus intervals: months and days on the clock of `zone`, the rest as time that passes.
fn moved(array: &ArrayRef, intervals: &ArrayRef, back: bool, zone: Zone) -> Outcome<ArrayRef> {
    let intervals = cast(intervals, &Arrow::Interval(IntervalUnit::MonthDayNano))?;
    let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
    let sum = |at: Option<At>, interval: Option<IntervalMonthDayNano>| {
        let (at, interval) = (at?, interval?);
        let sign = if back { -1 } else { 1 };
        let months = i64::from(interval.months) * sign;
        let step = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        let local = if months < 0 { at.local.checked_sub_months(step)? } else { at.local.checked_add_months(step)? };
        let local = local.checked_add_signed(Duration::try_days(i64::from(interval.days) * sign)?)?;
        let utc = if local == at.local { at.instant(zone)? } else { zone.to_nearest_utc(local)? };
        let utc = utc.checked_add_signed(Duration::nanoseconds(interval.nanoseconds.checked_mul(sign)?))?;
        Some(At::moment(utc, zone))
    };
    let values = moments::values(array, zone, Reading::Loose).into_iter().zip(intervals.iter());
    moments::column(values.map(|(at, interval)| sum(at, interval)), array.data_type(), zone)
        .ok_or_else(|| DataFusionError::Internal("no type of moments".to_owned()))
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
