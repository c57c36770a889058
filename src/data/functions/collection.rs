//! Lists and maps: their size, and a map out of keys and values.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, MapArray, StructArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{DataFusionError, Result as Outcome};
use datafusion::logical_expr::binary::try_type_union_resolution;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::data::failure::carry;
use crate::data::types;
use crate::error::{Code, Error};
use crate::model::DataType;

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

/// `map(key, value, key, value, …)`. Source: "MAP".
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct MakeMap {
    signature: Signature,
}

impl MakeMap {
    /// The function.
    pub fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for MakeMap {
    fn name(&self) -> &str {
        "map"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        if given.is_empty() || !given.len().is_multiple_of(2) {
            return Err(DataFusionError::Plan("`map` takes keys and values in turn".to_owned()));
        }
        let every_second = |first: usize| -> Vec<Arrow> { given.iter().skip(first).step_by(2).cloned().collect() };
        let keys = try_type_union_resolution(&every_second(0))?;
        let values = try_type_union_resolution(&every_second(1))?;
        // What is not text in the tables' own way becomes so, or the map would have a type that no column has.
        let plain = |data_type: Arrow| types::to_arrow(&types::from_arrow(&data_type));
        Ok(keys.into_iter().zip(values).flat_map(|(key, value)| [plain(key), plain(value)]).collect())
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        let part = |at: usize| given.get(at).map_or(DataType::String, types::from_arrow);
        Ok(types::to_arrow(&DataType::Map(Box::new(part(0)), Box::new(part(1)))))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let rows = given.number_rows;
        let Arrow::Map(field, sorted) = given.return_type().clone() else {
            return Err(DataFusionError::Internal("`map` gives a map".to_owned()));
        };
        let Arrow::Struct(fields) = field.data_type().clone() else {
            return Err(DataFusionError::Internal("a map has entries".to_owned()));
        };
        let arrays = given.args.iter().map(|argument| argument.to_array(rows)).collect::<Outcome<Vec<_>>>()?;
        let column = |first: usize| -> Outcome<ArrayRef> {
            let parts: Vec<&dyn Array> = arrays.iter().skip(first).step_by(2).map(AsRef::as_ref).collect();
            let places: Vec<_> = (0..rows).flat_map(|row| (0..parts.len()).map(move |part| (part, row))).collect();
            Ok(interleave(&parts, &places)?)
        };
        let (keys, values) = (column(0)?, column(1)?);
        if keys.null_count() > 0 {
            return Err(carry(Error::new(Code::Execution, "a key of a map is NULL")));
        }
        let entries = StructArray::try_new(fields, vec![keys, values], None)?;
        let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(arrays.len() / 2, rows));
        Ok(ColumnarValue::Array(Arc::new(MapArray::try_new(field, offsets, entries, None, sorted)?)))
    }
}
