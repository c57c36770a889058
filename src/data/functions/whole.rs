//! `floor` and `ceil` of floating numbers: what no BIGINT holds, NaN and infinity among it, is converted as `cast` does it.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::functions::math;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, cast, try_cast};

use crate::model::Misfit;

/// Whether a call is one of these functions.
pub fn rounds(call: &ScalarFunction) -> bool {
    matches!(call.func.name(), "floor" | "ceil" | "ceiling")
}

/// The call in two steps: to a whole number of its type, and to a BIGINT. The engine's function takes the nearest BIGINT.
pub fn rounded(call: &ScalarFunction, from: &Arrow, misfit: Misfit) -> Option<Expr> {
    let [number] = call.args.as_slice() else { return None };
    if !from.is_floating() {
        return None;
    }
    let function = if call.func.name() == "floor" { math::floor() } else { math::ceil() };
    let whole = Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&function), vec![number.clone()]));
    Some(match misfit {
        Misfit::Fail => cast(whole, Arrow::Int64),
        _ => try_cast(whole, Arrow::Int64),
    })
}
