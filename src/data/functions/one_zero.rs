use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Float32Type, Float64Type};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// What the name begins with no query can write.
const NAME: &str = "?one_zero";

static ONE_ZERO: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(OneZero::new())));

/// A value with one zero only: -0.0 is 0.0, also inside of it. What hashes values or compares their bits tells them apart, and `=` does not.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OneZero {
    signature: Signature,
}

impl OneZero {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

/// The same value with one zero, where its type can have two.
pub fn with_one_zero(value: Expr, data_type: &Arrow) -> Expr {
    let is_done = matches!(&value, Expr::ScalarFunction(call) if call.func.name() == NAME);
    if is_done || !has_floats(data_type) {
        return value;
    }
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&ONE_ZERO), vec![value]))
}

/// The same value with one zero inside of it. Single numbers are compared as numbers without that.
pub fn with_one_zero_inside(value: Expr, data_type: &Arrow) -> Expr {
    if data_type.is_nested() { with_one_zero(value, data_type) } else { value }
}

/// Whether values of a type contain floating-point numbers.
pub fn has_floats(data_type: &Arrow) -> bool {
    match data_type {
        Arrow::Float32 | Arrow::Float64 => true,
        Arrow::List(item) | Arrow::Map(item, _) => has_floats(item.data_type()),
        Arrow::Struct(fields) => fields.iter().any(|field| has_floats(field.data_type())),
        _ => false,
    }
}

impl ScalarUDFImpl for OneZero {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        Ok(given.first().cloned().unwrap_or(Arrow::Null))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let Some(value) = given.args.first() else { return Ok(ColumnarValue::Scalar(ScalarValue::Null)) };
        match value {
            ColumnarValue::Array(array) => Ok(ColumnarValue::Array(normalised(array)?)),
            ColumnarValue::Scalar(scalar) => {
                let array = normalised(&scalar.to_array_of_size(1)?)?;
                ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar)
            }
        }
    }
}

/// -0.0 + 0.0 is 0.0, and every other number stays what it is; so does NaN, of which older files may hold two.
///
/// # Errors
/// A mistake in this program.
pub fn normalised(array: &ArrayRef) -> Outcome<ArrayRef> {
    if !has_floats(array.data_type()) {
        return Ok(Arc::clone(array));
    }
    Ok(match array.data_type() {
        Arrow::Float32 => Arc::new(
            array
                .as_primitive::<Float32Type>()
                .unary::<_, Float32Type>(|number| if number.is_nan() { f32::NAN } else { number + 0.0 }),
        ),
        Arrow::Float64 => Arc::new(
            array
                .as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|number| if number.is_nan() { f64::NAN } else { number + 0.0 }),
        ),
        Arrow::List(item) => {
            let list = array.as_list::<i32>();
            let values = normalised(list.values())?;
            Arc::new(ListArray::try_new(Arc::clone(item), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        Arrow::Map(entries, is_sorted) => {
            let map = array.as_map();
            let inner: ArrayRef = Arc::new(map.entries().clone());
            let values = normalised(&inner)?.as_struct().clone();
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Arc::new(MapArray::try_new(Arc::clone(entries), offsets, values, nulls, *is_sorted)?)
        }
        Arrow::Struct(fields) => {
            let parts = array.as_struct();
            let columns = parts.columns().iter().map(normalised).collect::<Outcome<Vec<_>>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, parts.nulls().cloned())?)
        }
        _ => Arc::clone(array),
    })
}
