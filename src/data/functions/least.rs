//! `least`: NULL is the least of all values. Source: "LEAST". The engine's function passes over NULL, as `greatest` does.

use std::sync::Arc;

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// The least of its arguments, NULL if one is NULL.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Least {
    /// The least of those that are not NULL.
    inner: Arc<ScalarUDF>,
}

impl Least {
    /// The function, computed by the engine's.
    pub fn new(inner: Arc<ScalarUDF>) -> Self {
        Self { inner }
    }
}

impl ScalarUDFImpl for Least {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        self.inner.coerce_types(given)
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        self.inner.return_type(given)
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        let field = self.inner.return_field_from_args(given)?;
        Ok(Arc::new(field.as_ref().clone().with_nullable(true)))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let mut known = None;
        for argument in &given.args {
            match argument {
                ColumnarValue::Scalar(value) if value.is_null() => {
                    return Ok(ColumnarValue::Scalar(ScalarValue::try_from(given.return_field.data_type())?));
                }
                ColumnarValue::Scalar(_) => {}
                ColumnarValue::Array(array) => {
                    known = NullBuffer::union(known.as_ref(), array.logical_nulls().as_ref());
                }
            }
        }
        match (self.inner.invoke_with_args(given)?, known) {
            (ColumnarValue::Array(least), Some(known)) => {
                Ok(ColumnarValue::Array(nullif(&least, &BooleanArray::new(!known.inner(), None))?))
            }
            (least, _) => Ok(least),
        }
    }
}
