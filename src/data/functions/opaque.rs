use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

static OPAQUE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(Opaque::new())));

/// A value that the optimiser does not look into: it is calculated as it is written.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Opaque {
    signature: Signature,
}

impl Opaque {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

/// The same value, opaque.
pub fn opaque(value: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&OPAQUE), vec![value]))
}

impl ScalarUDFImpl for Opaque {
    fn name(&self) -> &str {
        "?opaque"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        Ok(given.first().cloned().unwrap_or(Arrow::Null))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        Ok(given.args.into_iter().next().unwrap_or(ColumnarValue::Scalar(ScalarValue::Null)))
    }
}
