//! Agreement of orders: where the engine takes NULL inside of arrays for the greatest value, and not for the smallest.

use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction};
use datafusion::logical_expr::{Expr, ScalarUDF};

use super::type_of;
use crate::data::functions::list::{GREATEST, LEAST};
use crate::data::functions::order::{has_inner_order, order_key};
use crate::data::functions::registry;

/// The same expression in the order of columns; nothing where the engine has it.
pub fn of(part: &Expr, schema: &DFSchema) -> Option<Expr> {
    match part {
        Expr::ScalarFunction(call) => {
            let is_nested = has_inner_order(&type_of(part, schema)?);
            match call.func.name() {
                "array_max" if is_nested => Some(called(&function(GREATEST)?, call.args.clone())),
                "array_min" if is_nested => Some(called(&function(LEAST)?, call.args.clone())),
                "least" if is_nested => {
                    let all = called(&function("make_array")?, call.args.clone());
                    Some(called(&function(LEAST)?, vec![all]))
                }
                _ => None,
            }
        }
        Expr::AggregateFunction(AggregateFunction { func, params }) => {
            let mut params = params.clone();
            let mut found = false;
            for key in &mut params.order_by {
                let ordered = order_key(key.expr.clone(), &type_of(&key.expr, schema)?);
                found |= ordered != key.expr;
                key.expr = ordered;
            }
            found.then(|| Expr::AggregateFunction(AggregateFunction { func: Arc::clone(func), params }))
        }
        _ => None,
    }
}

fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    registry().scalar(name, &Arc::default())
}

fn called(function: &Arc<ScalarUDF>, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(function), arguments))
}
