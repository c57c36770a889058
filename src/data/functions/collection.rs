//! The size of lists and maps.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// `size(list or map)`; NULL of NULL. Source: "SIZE".
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Size {
    signature: Signature,
}

impl Size {
    /// The function.
    pub fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Size {
    fn name(&self) -> &str {
        "size"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        match given {
            [Arrow::List(_) | Arrow::LargeList(_) | Arrow::FixedSizeList(..) | Arrow::Map(..) | Arrow::Null] => {
                Ok(Arrow::Int64)
            }
            _ => Err(DataFusionError::Plan("`size` takes a list or a map".to_owned())),
        }
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&given.args)?;
        let sizes: Int64Array = match arrays.first() {
            Some(array) => (0..array.len()).map(|at| length(array, at)).collect(),
            None => Int64Array::new_null(given.number_rows),
        };
        Ok(ColumnarValue::Array(Arc::new(sizes)))
    }
}

fn length(array: &ArrayRef, at: usize) -> Option<i64> {
    if array.is_null(at) {
        return None;
    }
    let count = match array.data_type() {
        Arrow::List(_) => array.as_list::<i32>().value(at).len(),
        Arrow::LargeList(_) => array.as_list::<i64>().value(at).len(),
        Arrow::FixedSizeList(..) => array.as_fixed_size_list().value(at).len(),
        Arrow::Map(..) => array.as_map().value(at).len(),
        _ => return None,
    };
    i64::try_from(count).ok()
}
