//! The order of values that hold others: NULL inside of them is the smallest value, as it is outside.
//!
//! The engine sorts columns so, but compares single values with NULL as the greatest inside of them. Source: "ORDER BY".

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, BinaryArray, make_comparator};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The order of columns.
pub(super) const SORTED: SortOptions = SortOptions { descending: false, nulls_first: true };

const NAME: &str = "?order";

static ORDER: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(Order::new())));

/// The order of two values of one type. What has no order is equal.
pub(super) fn ordered(left: &ScalarValue, right: &ScalarValue) -> Ordering {
    if left.is_null() || right.is_null() {
        return right.is_null().cmp(&left.is_null());
    }
    if !left.data_type().is_nested() {
        return left.partial_cmp(right).unwrap_or(Ordering::Equal);
    }
    match (left.to_array(), right.to_array()) {
        (Ok(left), Ok(right)) => {
            make_comparator(&left, &right, SORTED).map_or(Ordering::Equal, |compare| compare(0, 0))
        }
        _ => Ordering::Equal,
    }
}

/// Whether values of this type hold others, and have an order. Maps have none.
pub fn has_inner_order(data_type: &Arrow) -> bool {
    fn has_order(data_type: &Arrow) -> bool {
        match data_type {
            Arrow::List(item) => has_order(item.data_type()),
            Arrow::Struct(fields) => fields.iter().all(|field| has_order(field.data_type())),
            other => !other.is_nested(),
        }
    }
    data_type.is_nested() && has_order(data_type)
}

/// A key for the engine to order by: bytes in the order of the values, where these hold others.
pub fn order_key(key: Expr, data_type: &Arrow) -> Expr {
    if !has_inner_order(data_type) {
        return key;
    }
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&ORDER), vec![key]))
}

/// The bytes by which values are ordered. Their order among each other does not depend on the column that they are in.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Order {
    signature: Signature,
}

impl Order {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Order {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(Arrow::Binary)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let values = given.args.first().map(|value| value.to_array(given.number_rows)).transpose()?;
        let Some(values) = values else { return Ok(ColumnarValue::Scalar(ScalarValue::Binary(None))) };
        let sorted = SortField::new_with_options(values.data_type().clone(), SORTED);
        let rows = RowConverter::new(vec![sorted])?.convert_columns(&[Arc::clone(&values)])?;
        let keys = rows.iter().enumerate().map(|(at, row)| values.is_valid(at).then(|| row.as_ref().to_vec()));
        let keys: ArrayRef = Arc::new(keys.collect::<BinaryArray>());
        Ok(ColumnarValue::Array(keys))
    }
}
