//! `concat`: of texts, or of arrays.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::list::{MOST, common_elements, too_many};
use super::row::RowFunction;
use super::value::{Settled, ValueFunction, elements, list, make_list};

/// The function. Source: "CONCAT".
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Concat {
    texts: RowFunction,
    arrays: ValueFunction,
    signature: Signature,
}

impl Concat {
    /// The function, with that of texts.
    pub fn new(texts: RowFunction) -> Self {
        let arrays = ValueFunction::new("concat", settled, joined);
        Self { texts, arrays, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn of(&self, given: &[Arrow]) -> &dyn ScalarUDFImpl {
        if given.iter().any(Arrow::is_nested) { &self.arrays } else { &self.texts }
    }
}

fn settled(given: &[Arrow]) -> Settled {
    let array = list(&common_elements(&given.iter().collect::<Vec<_>>())?);
    Some((vec![array.clone(); given.len()], array))
}

fn joined(row: &[ScalarValue], of: &Arrow) -> Outcome<ScalarValue> {
    let mut all = Vec::new();
    for array in row {
        all.extend(elements(array)?);
        if all.len() > MOST {
            return too_many();
        }
    }
    make_list(all, of)
}

impl ScalarUDFImpl for Concat {
    fn name(&self) -> &str {
        "concat"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        self.of(given).coerce_types(given)
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        self.of(given).return_type(given)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let types: Vec<Arrow> = given.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        self.of(&types).invoke_with_args(given)
    }
}
