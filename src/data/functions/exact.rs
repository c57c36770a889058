//! Arithmetic and conversions as MaxCompute does them, for the plan that is run: nobody calls them by name.
//!
//! Never shows a value: an error says only what did not fit (FLW-10).

use std::sync::Arc;

use chrono::{Duration, Months};
use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Datum, PrimitiveArray};
use datafusion::arrow::compute::kernels::boolean::and_kleene;
use datafusion::arrow::compute::kernels::cmp::{eq, gt_eq, lt_eq};
use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::compute::{CastOptions, binary, cast, cast_with_options, nullif};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    IntervalUnit,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

use super::allowance::Meter;
use super::decimal;
use super::one_nan::with_one_nan;
use super::one_zero;
use crate::data::conversion::Conversion;
use crate::data::effort;
use crate::data::failure::carry;
use crate::data::moments::{self, At, Reading};
use crate::data::spans;
use crate::error::{Code, Error};
use crate::model::{Misfit, Zone};

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `+`, `-`, `*` and `^` from left to right, of integers of this type: what does not fit is an error, never another number.
    ///
    /// Source: "Arithmetic operators"; chosen: an error, not NULL.
    Checked(Vec<Operator>, Arrow),
    /// `+`, `-`, `*`, `/` and `%` from left to right, of DECIMALs; the result has this type. Source: "DECIMAL data type".
    Decimal(Vec<Operator>, Arrow),
    /// `abs` of an integer of this type; the smallest has none. Source: "ABS".
    Absolute(Arrow),
    /// Values of one type as values of another.
    Converted(Conversion),
    /// A day or moment plus or minus intervals, one after the other, on the clock of a session.
    Moved(Vec<Operator>, Zone, Misfit, Arrow),
    /// A comparison of intervals.
    Spans(Operator),
    /// Whether a value lies between two others: for what may be written once only.
    Between,
    /// A value of this type with one NaN.
    OneNan(Arrow),
    /// The first value, in this type, or NULL where the second, which is of the other type, is equal to it: for what may be written once
    /// only.
    NullIf(Arrow, Arrow),
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
            | Self::OneNan(data_type)
            | Self::NullIf(data_type, _)
            | Self::Moved(_, _, _, data_type) => data_type.clone(),
            Self::Converted(conversion) => conversion.to.data_type().clone(),
            Self::Spans(_) | Self::Between => Arrow::Boolean,
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

/// `moment operator interval`, with a result of this type; a chain is one call.
pub fn moved(moment: Expr, operator: Operator, interval: Expr, (zone, misfit): (Zone, Misfit), of: Arrow) -> Expr {
    let known = |call: &ScalarFunction| match call.func.inner().downcast_ref::<Exact>().map(|exact| &exact.operation) {
        Some(Operation::Moved(operators, known_zone, known_misfit, known_type))
            if (known_zone, known_misfit, known_type) == (&zone, &misfit, &of) =>
        {
            Some(operators.clone())
        }
        _ => None,
    };
    let (mut operators, mut operands) = match moment {
        Expr::ScalarFunction(call) => match known(&call) {
            Some(operators) => (operators, call.args),
            None => (Vec::new(), vec![Expr::ScalarFunction(call)]),
        },
        other => (Vec::new(), vec![other]),
    };
    operators.push(operator);
    operands.push(interval);
    Operation::Moved(operators, zone, misfit, of).call(operands)
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

/// The operator of a single calculation with DECIMALs, and the type of its result.
pub fn of_decimals(call: &ScalarFunction) -> Option<(Operator, &Arrow)> {
    match &call.func.inner().downcast_ref::<Exact>()?.operation {
        Operation::Decimal(operators, data_type) => match operators.as_slice() {
            [operator] => Some((*operator, data_type)),
            _ => None,
        },
        _ => None,
    }
}

/// Operators and operands of an expression that is a calculation with DECIMALs.
fn decimals(expression: &Expr) -> Option<(&Vec<Operator>, &[Expr])> {
    let Expr::ScalarFunction(call) = expression else { return None };
    match &call.func.inner().downcast_ref::<Exact>()?.operation {
        Operation::Decimal(operators, _) => Some((operators, &call.args)),
        _ => None,
    }
}

/// A calculation with floating numbers, with one NaN; inside of another the outermost does it.
pub fn with_one_nan_of(value: Expr, data_type: Arrow) -> Expr {
    let bare = |part: Box<Expr>| match *part {
        Expr::ScalarFunction(mut call) if is_one_nan(&call) && call.args.len() == 1 => Box::new(call.args.remove(0)),
        other => Box::new(other),
    };
    let value = match value {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            Expr::BinaryExpr(BinaryExpr { left: bare(left), op, right: bare(right) })
        }
        Expr::Negative(inner) => Expr::Negative(bare(inner)),
        other => other,
    };
    Operation::OneNan(data_type).call(vec![value])
}

fn is_one_nan(call: &ScalarFunction) -> bool {
    call.func.inner().downcast_ref::<Exact>().is_some_and(|exact| matches!(exact.operation, Operation::OneNan(_)))
}

/// The type of an expression that is such a call, without a look inside.
pub fn known_type(expression: &Expr) -> Option<Arrow> {
    let Expr::ScalarFunction(call) = expression else { return None };
    call.func.inner().downcast_ref::<Exact>().map(|exact| exact.operation.result())
}

/// The conversion that an expression is, if it is such a call.
pub fn known_conversion(expression: &Expr) -> Option<&Conversion> {
    let Expr::ScalarFunction(call) = expression else { return None };
    match call.func.inner().downcast_ref::<Exact>().map(|exact| &exact.operation) {
        Some(Operation::Converted(conversion)) => Some(conversion),
        _ => None,
    }
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
            Operation::Absolute(_) => "absolute",
            Operation::Converted(_) => "converted",
            Operation::Moved(..) => "moved",
            Operation::Spans(_) => "compared_intervals",
            Operation::Between => "lies_between",
            Operation::OneNan(_) => "one_nan",
            Operation::NullIf(..) => "null_if",
        }
    }

    /// Two operators between the same columns are two columns. A chain is written from its beginning, not once for each level.
    fn schema_name(&self, arguments: &[Expr]) -> Outcome<String> {
        let Operation::Decimal(operators, _) = &self.operation else {
            let names = arguments.iter().map(|argument| argument.schema_name().to_string());
            return Ok(format!("{}({})", self.name(), names.collect::<Vec<_>>().join(",")));
        };
        let mut levels = vec![(operators, arguments)];
        while let Some(inner) = levels.last().and_then(|(_, operands)| decimals(operands.first()?)) {
            levels.push(inner);
        }
        let first = levels.last().and_then(|(_, operands)| operands.first());
        let count = levels.iter().map(|(operators, _)| operators.len()).sum();
        let mut name = "(".repeat(count) + &first.map(|first| first.schema_name().to_string()).unwrap_or_default();
        for (operators, operands) in levels.into_iter().rev() {
            for (operator, right) in operators.iter().zip(operands.iter().skip(1)) {
                name += &format!(" {operator} {})", right.schema_name());
            }
        }
        Ok(name)
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        effort::step(1)?;
        Ok(self.operation.result())
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let meter = Meter::new(&given.config_options);
        match (&self.operation, given.args.as_slice()) {
            (Operation::Checked(operators, _), [first, rest @ ..]) => {
                operators.iter().zip(rest).try_fold(first.clone(), |left, (operator, right)| match operator {
                    Operator::Plus => apply(&left, right, add),
                    Operator::Minus => apply(&left, right, sub),
                    Operator::BitwiseXor => apply(&left, right, exclusive_or),
                    _ => apply(&left, right, mul),
                })
            }
            (Operation::Decimal(operators, _), [first, rest @ ..]) => {
                operators.iter().zip(rest).try_fold(first.clone(), |left, (operator, right)| {
                    apply(&left, right, |left, right| decimal::calculate(*operator, left, right))
                })
            }
            (Operation::Moved(operators, zone, misfit, _), [moment, intervals @ ..]) => {
                let mut moments = moment.to_array(given.number_rows)?;
                for (operator, interval) in operators.iter().zip(intervals) {
                    let (back, intervals) = (*operator == Operator::Minus, interval.to_array(given.number_rows)?);
                    moments = shifted(&moments, &intervals, back, *zone, *misfit)?;
                }
                Ok(ColumnarValue::Array(moments))
            }
            (Operation::Spans(operator), [left, right]) => {
                let (left, right) = (left.to_array(given.number_rows)?, right.to_array(given.number_rows)?);
                spans::compared(&left, &right, *operator).map(ColumnarValue::Array)
            }
            (Operation::Between, [value, low, high]) => {
                let rows = given.number_rows;
                // Both zeros are one number.
                let one_zero = |value: &ColumnarValue| -> datafusion::common::Result<ColumnarValue> {
                    Ok(ColumnarValue::Array(one_zero::normalised(&value.to_array(rows)?)?))
                };
                let (value, low, high) = (&one_zero(value)?, &one_zero(low)?, &one_zero(high)?);
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
            (Operation::OneNan(_), [value]) => with_one_nan(value.clone()),
            (Operation::NullIf(_, common), [value, other]) => {
                let value = value.to_array(given.number_rows)?;
                let (one, other) = (cast(&value, common)?, other.to_array(given.number_rows)?);
                let (one, other) = (one_zero::normalised(&one)?, one_zero::normalised(&other)?);
                Ok(ColumnarValue::Array(nullif(&value, &eq(&one, &other)?)?))
            }
            (operation, [ColumnarValue::Scalar(value)]) => {
                let array = convert(operation, &value.to_array()?, &meter)?;
                // The engine would forget what the field of the elements says of their type.
                let value = match array.as_list_opt::<i32>() {
                    Some(list) => ScalarValue::List(Arc::new(list.clone())),
                    None => ScalarValue::try_from_array(&array, 0)?,
                };
                Ok(ColumnarValue::Scalar(value))
            }
            (operation, [ColumnarValue::Array(array)]) => convert(operation, array, &meter).map(ColumnarValue::Array),
            _ => Err(DataFusionError::Internal("another number of operands".to_owned())),
        }
    }
}

/// `left ^ right` of integers of one type.
fn exclusive_or(left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef, ArrowError> {
    match left.get().0.data_type() {
        Arrow::Int8 => exclusive_or_of::<Int8Type>(left, right),
        Arrow::Int16 => exclusive_or_of::<Int16Type>(left, right),
        Arrow::Int32 => exclusive_or_of::<Int32Type>(left, right),
        _ => exclusive_or_of::<Int64Type>(left, right),
    }
}

fn exclusive_or_of<T>(left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef, ArrowError>
where
    T: ArrowPrimitiveType,
    T::Native: std::ops::BitXor<Output = T::Native>,
{
    let ((left, left_is_one), (right, right_is_one)) = (left.get(), right.get());
    let (Some(left), Some(right)) = (left.as_primitive_opt::<T>(), right.as_primitive_opt::<T>()) else {
        return Err(ArrowError::InvalidArgumentError("two types of integers".to_owned()));
    };
    let with_one = |one: &PrimitiveArray<T>, others: &PrimitiveArray<T>| match one.is_valid(0) {
        true => {
            let one = one.value(0);
            others.unary::<_, T>(|other| one ^ other)
        }
        false => PrimitiveArray::<T>::new_null(others.len()),
    };
    Ok(Arc::new(match (left_is_one, right_is_one) {
        (true, _) => with_one(left, right),
        (_, true) => with_one(right, left),
        _ => binary(left, right, |left, right| left ^ right)?,
    }))
}

fn convert(operation: &Operation, array: &ArrayRef, meter: &Meter) -> Outcome<ArrayRef> {
    meter.look().map_err(carry)?;
    Ok(match operation {
        Operation::Checked(..)
        | Operation::Decimal(..)
        | Operation::Moved(..)
        | Operation::Spans(_)
        | Operation::Between
        | Operation::OneNan(_)
        | Operation::NullIf(..) => Arc::clone(array),
        Operation::Absolute(data_type) => {
            let overflow = || ArrowError::ArithmeticOverflow("abs".to_owned());
            let wide = cast(array, &Arrow::Int64)?;
            let absolute = wide
                .as_primitive::<Int64Type>()
                .try_unary::<_, Int64Type, _>(|number| number.checked_abs().ok_or_else(overflow))?;
            let exact = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(&absolute, data_type, &exact).map_err(|_| overflow())?
        }
        Operation::Converted(conversion) => {
            let converted = conversion.convert(array)?;
            let data_type = converted.data_type();
            if data_type != array.data_type() && (data_type.is_nested() || data_type.is_string()) {
                meter.count(converted.to_data().get_slice_memory_size()?).map_err(carry)?;
            }
            converted
        }
    })
}

/// Days and moments plus or minus intervals: months and days on the clock of `zone`, the rest as time that passes. What
/// lies outside of the range of the type is NULL, or an error.
fn shifted(array: &ArrayRef, intervals: &ArrayRef, back: bool, zone: Zone, misfit: Misfit) -> Outcome<ArrayRef> {
    const DAY: i64 = 86_400_000_000_000;
    let is_day = *array.data_type() == Arrow::Date32;
    let intervals = cast(intervals, &Arrow::Interval(IntervalUnit::MonthDayNano))?;
    let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
    let sum = |at: At, interval: IntervalMonthDayNano| {
        let sign = if back { -1 } else { 1 };
        let months = i64::from(interval.months) * sign;
        let step = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        let local = if months < 0 { at.local.checked_sub_months(step)? } else { at.local.checked_add_months(step)? };
        let local = local.checked_add_signed(Duration::try_days(i64::from(interval.days) * sign)?)?;
        let rest = interval.nanoseconds.checked_mul(sign)?;
        if is_day {
            return local.checked_add_signed(Duration::try_days(rest / DAY)?).map(At::shown);
        }
        let zone = if at.utc.is_some() { zone } else { Zone::Utc };
        let utc = if local == at.local { at.instant(zone)? } else { zone.to_nearest_utc(local)? };
        let utc = utc.checked_add_signed(Duration::nanoseconds(rest))?;
        Some(if at.utc.is_some() { At::moment(utc, zone) } else { At::shown(utc) })
    };
    let values = moments::values(array, zone, Reading::Loose).into_iter().zip(intervals.iter());
    let pairs: Vec<_> = values.map(|(at, interval)| at.zip(interval)).collect();
    let sums = pairs.iter().map(|pair| pair.and_then(|(at, interval)| sum(at, interval)));
    let made = moments::column(sums, array.data_type(), zone)
        .ok_or_else(|| DataFusionError::Internal("no type of moments".to_owned()))?;
    let lost = pairs.iter().enumerate().any(|(row, pair)| pair.is_some() && made.is_null(row));
    match lost && misfit == Misfit::Fail {
        true => Err(carry(Error::new(Code::Execution, "a date is out of range"))),
        false => Ok(made),
    }
}
