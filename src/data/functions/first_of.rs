//! A value together with others that it does not need: what a call gives to a function of a script that does not read it.
//!
//! The others are bound, typed and decided like everything that a query names (STG-3), and count as what they are: an aggregate among them
//! makes one row. Before the plan runs they are left out, so that nothing calculates them.

use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::opaque::field_of;

/// What the planner calls it. No query can write this name.
pub const FIRST_OF: &str = "?first_of";

/// The function.
pub fn function() -> ScalarUDF {
    ScalarUDF::from(FirstOf { signature: Signature::variadic_any(Volatility::Immutable) })
}

/// The value, without the others; nothing for every other call.
pub fn without_others(call: &ScalarFunction) -> Option<&Expr> {
    call.args.first().filter(|_| call.func.name() == FIRST_OF)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FirstOf {
    signature: Signature,
}

impl ScalarUDFImpl for FirstOf {
    fn name(&self) -> &str {
        FIRST_OF
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[Arrow]) -> Outcome<Arrow> {
        Ok(given.first().cloned().unwrap_or(Arrow::Null))
    }

    fn return_field_from_args(&self, given: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        field_of(self.name(), &given)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        Ok(given.args.into_iter().next().unwrap_or(ColumnarValue::Scalar(ScalarValue::Null)))
    }
}
