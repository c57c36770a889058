//! Arithmetic and conversions as MaxCompute does them, for the plan that is run: nobody calls them by name.
//!
//! Never shows a value: an error says only what did not fit (FLW-10).

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType as Arrow, Int64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

use crate::data::cells;
use crate::data::failure::carry;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `+`, `-` and `*` from left to right, of integers of this type: what does not fit is an error, never another number.
    ///
    /// Source: "Arithmetic operators"; chosen: an error, not NULL.
    Checked(Vec<Operator>, Arrow),
    /// `abs` of an integer of this type; the smallest has none. Source: "ABS".
    Absolute(Arrow),
    /// Any value as the text that a result shows for it.
    Text,
    /// Text as an integer of this type, read as a double if it must be: `1.9` is 1. Source: "CAST".
    Whole(Arrow),
    /// At most so many characters of a text. Source: "Data type editions", VARCHAR.
    Cut(u32),
}

/// The call of an operation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Exact {
    operation: Operation,
    signature: Signature,
}

impl Operation {
    /// This operation on `arguments`.
    pub fn call(self, arguments: Vec<Expr>) -> Expr {
        let signature = Signature::any(arguments.len(), Volatility::Immutable);
        let function = Arc::new(ScalarUDF::from(Exact { operation: self, signature }));
        Expr::ScalarFunction(ScalarFunction::new_udf(function, arguments))
    }

    fn result(&self) -> Arrow {
        match self {
            Self::Checked(_, data_type) | Self::Absolute(data_type) | Self::Whole(data_type) => data_type.clone(),
            Self::Text | Self::Cut(_) => Arrow::Utf8,
        }
    }
}

/// `left operator right` of integers of one type. A chain is one call: the engine looks at every level anew.
pub fn calculated(left: Expr, operator: Operator, right: Expr, data_type: Arrow) -> Expr {
    let chain = match &left {
        Expr::ScalarFunction(call) => match call.func.inner().downcast_ref::<Exact>() {
            Some(Exact { operation: Operation::Checked(operators, known), .. }) if *known == data_type => {
                Some(operators.clone())
            }
            _ => None,
        },
        _ => None,
    };
    let (mut operators, mut operands) = match (chain, left) {
        (Some(operators), Expr::ScalarFunction(call)) => (operators, call.args),
        (_, left) => (Vec::new(), vec![left]),
    };
    operators.push(operator);
    operands.push(right);
    Operation::Checked(operators, data_type).call(operands)
}

/// The type of an expression that is such a call, without a look inside.
pub fn known_type(expression: &Expr) -> Option<Arrow> {
    let Expr::ScalarFunction(call) = expression else { return None };
    call.func.inner().downcast_ref::<Exact>().map(|exact| exact.operation.result())
}

impl ScalarUDFImpl for Exact {
    fn name(&self) -> &str {
        match &self.operation {
            Operation::Checked(..) => "calculated",
            Operation::Absolute(_) => "absolute",
            Operation::Text => "as_text",
            Operation::Whole(_) => "as_whole_number",
            Operation::Cut(_) => "cut",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(self.operation.result())
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        match (&self.operation, given.args.as_slice()) {
            (Operation::Checked(operators, _), [first, rest @ ..]) => {
                operators.iter().zip(rest).try_fold(first.clone(), |left, (operator, right)| match operator {
                    Operator::Plus => apply(&left, right, add),
                    Operator::Minus => apply(&left, right, sub),
                    _ => apply(&left, right, mul),
                })
            }
            (operation, [ColumnarValue::Scalar(value)]) => {
                let array = convert(operation, &value.to_array()?)?;
                ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar)
            }
            (operation, [ColumnarValue::Array(array)]) => convert(operation, array).map(ColumnarValue::Array),
            _ => Err(DataFusionError::Internal("another number of operands".to_owned())),
        }
    }
}

fn convert(operation: &Operation, array: &ArrayRef) -> Outcome<ArrayRef> {
    let fitting = CastOptions { safe: true, ..CastOptions::default() };
    Ok(match operation {
        Operation::Checked(..) => Arc::clone(array),
        Operation::Absolute(data_type) => {
            let overflow = || ArrowError::ArithmeticOverflow("abs".to_owned());
            let wide = cast(array, &Arrow::Int64)?;
            let absolute = wide
                .as_primitive::<Int64Type>()
                .try_unary::<_, Int64Type, _>(|number| number.checked_abs().ok_or_else(overflow))?;
            let exact = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(&absolute, data_type, &exact).map_err(|_| overflow())?
        }
        Operation::Text => {
            let texts = cells::texts(array).map_err(carry)?;
            Arc::new(texts.into_iter().collect::<StringArray>())
        }
        Operation::Whole(data_type) => {
            let texts = cast(array, &Arrow::Utf8)?;
            let whole: Int64Array = texts.as_string::<i32>().iter().map(|text| whole(text?)).collect();
            cast_with_options(&whole, data_type, &fitting)?
        }
        Operation::Cut(length) => {
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            let texts = cast(array, &Arrow::Utf8)?;
            let cut = |text: &str| text.chars().take(length).collect::<String>();
            Arc::new(texts.as_string::<i32>().iter().map(|text| text.map(cut)).collect::<StringArray>())
        }
    })
}

fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        // The engine's own conversion: nothing where the number does not fit.
        let array: ArrayRef = Arc::new(Float64Array::from(vec![number.trunc()]));
        let whole = cast(&array, &Arrow::Int64).ok()?;
        let whole = whole.as_primitive_opt::<Int64Type>()?;
        whole.iter().next().flatten()
    })
}
