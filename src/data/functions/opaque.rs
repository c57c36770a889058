use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

const NAME: &str = "?opaque";

static OPAQUE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ScalarUDF::from(Opaque::new())));

/// A value that the optimiser does not look into: it is calculated as it is written, for each row.
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

/// What an opaque value is calculated as; nothing for any other.
pub fn inside_opaque(value: &Expr) -> Option<&Expr> {
    match value {
        Expr::ScalarFunction(call) if call.func.name() == NAME => call.args.first(),
        _ => None,
    }
}

/// The same expression of a plan that runs, in which nothing is opaque: for what is only an estimate.
pub fn looked_into(value: Arc<dyn PhysicalExpr>) -> Outcome<Transformed<Arc<dyn PhysicalExpr>>> {
    value.transform_up(|part| {
        let call = part.downcast_ref::<ScalarFunctionExpr>().filter(|call| call.fun().name() == NAME);
        Ok(match call.and_then(|call| call.args().first()) {
            Some(inside) => Transformed::yes(Arc::clone(inside)),
            None => Transformed::no(part),
        })
    })
}

/// The field of what is given, with what it says of the type; the value may be NULL.
pub fn field_of(name: &str, given: &ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
    Ok(Arc::new(match given.arg_fields.first() {
        Some(field) => field.as_ref().clone().with_name(name).with_nullable(true),
        None => Field::new(name, Arrow::Null, true),
    }))
}

impl ScalarUDFImpl for Opaque {
    fn name(&self) -> &str {
        NAME
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
        let value = given.args.into_iter().next().unwrap_or(ColumnarValue::Scalar(ScalarValue::Null));
        value.into_array(given.number_rows).map(ColumnarValue::Array)
    }
}
