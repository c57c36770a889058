//! `round`: what it takes, and how many digits the result has.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray, Int64Array, new_null_array};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType as Arrow, Field, FieldRef, Int64Type};
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// `round(number[, digits])`: DECIMAL stays DECIMAL, everything else becomes DOUBLE. Source: "ROUND".
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Round {
    /// Rounds a number and keeps its type.
    inner: Arc<ScalarUDF>,
    signature: Signature,
}

impl Round {
    /// The function, computed by the engine's.
    pub fn new(inner: Arc<ScalarUDF>) -> Self {
        Self { inner, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// The type of a rounded DECIMAL: a literal number of digits becomes its scale; a carry may need one digit more.
fn rounded(precision: u8, scale: i8, digits: Option<i64>) -> Arrow {
    let Some(kept) = digits.and_then(|digits| i8::try_from(digits.clamp(0, i64::from(scale.max(0)))).ok()) else {
        return carried(precision, scale);
    };
    if kept >= scale {
        return Arrow::Decimal128(precision, scale);
    }
    let dropped = u8::try_from(scale.saturating_sub(kept)).unwrap_or_default();
    carried(precision.saturating_sub(dropped), kept)
}

fn carried(precision: u8, scale: i8) -> Arrow {
    Arrow::Decimal128(precision.saturating_add(1).min(DECIMAL128_MAX_PRECISION), scale)
}

impl ScalarUDFImpl for Round {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let refused = || DataFusionError::Plan("`round` takes a number, and how many digits are kept".to_owned());
        let (number, digits) = match given {
            [number] => (number, None),
            [number, digits] => (number, Some(digits)),
            _ => return Err(refused()),
        };
        let number = match number {
            Arrow::Decimal128(..) | Arrow::Float32 => number.clone(),
            other if other.is_numeric() || other.is_string() || other.is_null() => Arrow::Float64,
            _ => return Err(refused()),
        };
        match digits {
            None => Ok(vec![number]),
            // A literal must stay one: the scale of the result depends on it.
            Some(digits) if digits.is_integer() || digits.is_null() => Ok(vec![number, Arrow::Int64]),
            Some(_) => Err(refused()),
        }
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        given.first().cloned().ok_or_else(|| DataFusionError::Plan("`round` takes a number".to_owned()))
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        let digits = match given.scalar_arguments.get(1) {
            None => Some(0),
            Some(Some(ScalarValue::Int64(digits))) => *digits,
            Some(_) => None,
        };
        let number = given.arg_fields.first().map_or(Arrow::Float64, |field| field.data_type().clone());
        let result = match number {
            Arrow::Decimal128(precision, scale) => rounded(precision, scale, digits),
            other => other,
        };
        Ok(Arc::new(Field::new(self.name(), result, true)))
    }

    fn invoke_with_args(&self, mut given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let result = given.return_field.data_type().clone();
        if let Some(number) = given.args.first_mut()
            && let Arrow::Decimal128(precision, scale) = number.data_type()
        {
            *number = number.cast_to(&carried(precision, scale), None)?;
        }
        for (field, argument) in given.arg_fields.iter_mut().zip(&given.args) {
            *field = Arc::new(Field::new(field.name(), argument.data_type(), true));
        }
        if let Some(first) = given.arg_fields.first() {
            given.return_field = Arc::clone(first);
        }
        match given.args.get(1) {
            Some(ColumnarValue::Array(_)) => self.by_digits(given)?,
            _ => self.inner.invoke_with_args(given)?,
        }
        .cast_to(&result, None)
    }
}

/// More digits change no number, and fewer leave nothing of it.
const MOST_DIGITS: i64 = 400;

impl Round {
    /// With the digits of each row: those that have the same are rounded together.
    fn by_digits(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let [number, digits] = given.args.as_slice() else {
            return Err(DataFusionError::Internal("`round` of another number of arguments".to_owned()));
        };
        let (number, digits) = (number.to_array(given.number_rows)?, digits.to_array(given.number_rows)?);
        let digits = digits.as_primitive::<Int64Type>();
        let digits: Int64Array = digits.unary(|digits| digits.clamp(-MOST_DIGITS, MOST_DIGITS));
        let mut rounded = new_null_array(given.return_field.data_type(), given.number_rows);
        for one in digits.iter().flatten().collect::<BTreeSet<i64>>() {
            let has_them: BooleanArray = digits.iter().map(|digits| Some(digits == Some(one))).collect();
            let others = new_null_array(number.data_type(), given.number_rows);
            let mut call = given.clone();
            call.args = vec![
                ColumnarValue::Array(zip(&has_them, &number, &others)?),
                ColumnarValue::Scalar(ScalarValue::Int64(Some(one))),
            ];
            let result = self.inner.invoke_with_args(call)?.to_array(given.number_rows)?;
            rounded = zip(&has_them, &result, &rounded)?;
        }
        Ok(ColumnarValue::Array(rounded))
    }
}
