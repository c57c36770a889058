use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

static NULLABLE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(Nullable::new())));

/// A value that may be NULL, even if the engine knows it of a column that never is: a subquery without a row.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Nullable {
    signature: Signature,
}

impl Nullable {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

/// The same value, which may be NULL.
pub fn nullable(value: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&NULLABLE), vec![value]))
}

impl ScalarUDFImpl for Nullable {
    fn name(&self) -> &str {
        "?nullable"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        Ok(given.first().cloned().unwrap_or(Arrow::Null))
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        super::opaque::field_of(self.name(), &given)
    }

    /// Only where the engine would be mistaken.
    fn simplify(&self, mut given: Vec<Expr>, context: &SimplifyContext) -> Outcome<ExprSimplifyResult> {
        match given.as_slice() {
            [value] if context.nullable(value).unwrap_or(false) => Ok(ExprSimplifyResult::Simplified(given.remove(0))),
            _ => Ok(ExprSimplifyResult::Original(given)),
        }
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        Ok(given.args.into_iter().next().unwrap_or(ColumnarValue::Scalar(ScalarValue::Null)))
    }
}
