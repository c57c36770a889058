//! Agreement between the two zeros: what hashes values, or compares their bits, takes -0.0 for 0.0, as `=` does.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction, WindowFunction};
use datafusion::logical_expr::{Aggregate, BinaryExpr, Expr, ExprSchemable};

use super::type_of;
use crate::data::exactness::compares;
use crate::data::functions::MAP;
use crate::data::functions::one_zero::{has_floats, with_one_zero, with_one_zero_inside};

/// Aggregates that tell values apart without `distinct`.
const SETS: [&str; 2] = ["collect_set", "approx_distinct"];

/// Aggregates that tell their first arguments apart: they become keys of a map.
const KEYED: [&str; 3] = ["histogram", "map_agg", "multimap_agg"];

/// Functions that tell the elements of arrays, or the keys of maps, apart.
const OF_ELEMENTS: [&str; 16] = [
    MAP,
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
    "map_contains_key",
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
    let told_apart = |name: &str, is_distinct: bool, args: &[Expr]| match args.split_first() {
        _ if is_distinct || SETS.contains(&name) => all(args),
        Some((key, rest)) if KEYED.contains(&name) => {
            let changed = one_zero(key);
            (changed != *key).then(|| std::iter::once(changed).chain(rest.iter().cloned()).collect())
        }
        _ => None,
    };
    match part {
        Expr::AggregateFunction(AggregateFunction { func, params }) => {
            let args = told_apart(func.name(), params.distinct, &params.args)?;
            let mut changed = AggregateFunction { func: func.clone(), params: params.clone() };
            changed.params.args = args;
            Some(Expr::AggregateFunction(changed))
        }
        Expr::WindowFunction(window) => {
            let args = told_apart(window.fun.name(), window.params.distinct, &window.params.args);
            let partition_by = all(&window.params.partition_by);
            // Rows with equal keys are peers, and a range has the same numbers on both sides of its row.
            let keys: Vec<Expr> = window.params.order_by.iter().map(|key| key.expr.clone()).collect();
            let order_by = all(&keys);
            if args.is_none() && partition_by.is_none() && order_by.is_none() {
                return None;
            }
            let mut changed: WindowFunction = window.as_ref().clone();
            changed.params.args = args.unwrap_or(changed.params.args);
            changed.params.partition_by = partition_by.unwrap_or(changed.params.partition_by);
            for (key, expr) in changed.params.order_by.iter_mut().zip(order_by.unwrap_or(keys)) {
                key.expr = expr;
            }
            Some(Expr::WindowFunction(Box::new(changed)))
        }
        Expr::ScalarFunction(call) if OF_ELEMENTS.contains(&call.func.name()) => {
            let mut changed = call.clone();
            changed.args = all(&call.args)?;
            Some(Expr::ScalarFunction(changed))
        }
        // The values that are found keep their sign.
        Expr::ScalarFunction(call) if call.func.name() == "map_extract" => {
            let [map, key] = call.args.as_slice() else { return None };
            let changed = one_zero(key);
            let found = || ScalarFunction::new_udf(Arc::clone(&call.func), vec![map.clone(), changed.clone()]);
            (changed != *key).then(|| Expr::ScalarFunction(found()))
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

/// Groups whose keys have one zero inside of them. Single numbers are grouped as numbers.
///
/// # Errors
/// The engine's.
pub fn grouped(mut aggregate: Aggregate) -> Result<Aggregate> {
    let schema = Arc::clone(aggregate.input.schema());
    for key in &mut aggregate.group_expr {
        let changed = std::mem::take(key).transform_down(|part| match part {
            Expr::GroupingSet(_) => Ok(Transformed::no(part)),
            key => {
                let changed = with_one_zero_inside(key.clone(), &key.get_type(&schema)?);
                let (table, name) = key.qualified_name();
                let is_same = changed == key;
                let key = if is_same { key } else { changed.alias_qualified(table, name) };
                Ok(Transformed::new(key, !is_same, TreeNodeRecursion::Jump))
            }
        })?;
        *key = changed.data;
    }
    Ok(aggregate)
}
