//! Agreement between the two zeros: what hashes values, or compares their bits, takes -0.0 for 0.0, as `=` does.

use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::{BinaryExpr, Expr};

use super::type_of;
use crate::data::exactness::compares;
use crate::data::functions::one_zero::{has_floats, with_one_zero};

/// Aggregates that tell values apart without `distinct`.
const SETS: [&str; 2] = ["collect_set", "approx_distinct"];

/// Functions that tell the elements of arrays, or the keys of maps, apart.
const OF_ELEMENTS: [&str; 14] = [
    "array_contains",
    "array_distinct",
    "array_except",
    "array_intersect",
    "array_position",
    "array_remove",
    "array_union",
    "arrays_overlap",
    "hash",
    "map",
    "map_concat",
    "map_from_arrays",
    "map_from_entries",
    "multimap_from_entries",
];

/// The same expression over values with one zero; nothing where that makes no difference.
pub fn of(part: &Expr, schema: &DFSchema) -> Option<Expr> {
    let one_zero = |value: &Expr| match type_of(value, schema) {
        Some(data_type) => with_one_zero(value.clone(), &data_type),
        None => value.clone(),
    };
    let all = |values: &[Expr]| {
        let changed: Vec<Expr> = values.iter().map(one_zero).collect();
        (changed != values).then_some(changed)
    };
    match part {
        Expr::AggregateFunction(AggregateFunction { func, params })
            if params.distinct || SETS.contains(&func.name()) =>
        {
            let mut changed = AggregateFunction { func: func.clone(), params: params.clone() };
            changed.params.args = all(&params.args)?;
            Some(Expr::AggregateFunction(changed))
        }
        Expr::WindowFunction(window) if window.params.distinct || SETS.contains(&window.fun.name()) => {
            let mut changed: WindowFunction = window.as_ref().clone();
            changed.params.args = all(&window.params.args)?;
            Some(Expr::WindowFunction(Box::new(changed)))
        }
        Expr::ScalarFunction(call) if OF_ELEMENTS.contains(&call.func.name()) => {
            let mut changed = call.clone();
            changed.args = all(&call.args)?;
            Some(Expr::ScalarFunction(changed))
        }
        // Numbers alone are compared as numbers.
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => {
            let is_nested = |side: &Expr| {
                type_of(side, schema).is_some_and(|data_type| data_type.is_nested() && has_floats(&data_type))
            };
            if !is_nested(left) && !is_nested(right) {
                return None;
            }
            let changed = BinaryExpr::new(Box::new(one_zero(left)), *op, Box::new(one_zero(right)));
            (changed.left != *left || changed.right != *right).then_some(Expr::BinaryExpr(changed))
        }
        _ => None,
    }
}
