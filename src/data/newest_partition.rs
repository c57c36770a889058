//! The calls of `max_pt`, found once before a plan runs.
//!
//! The service does the same: a table without rows is an error whether or not a row asks, and a condition on the partition reads
//! that partition only. Bodies of views keep their calls: whether a table behind a view holds rows is the view's matter (VIW-5).

use std::collections::HashMap;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::barrier;
use super::functions::single::FOUND;

/// `plan` with what `run` gives for each call outside of views.
///
/// # Errors
/// A call fails.
pub(super) fn found(
    plan: &LogicalPlan,
    run: impl Fn(LogicalPlan) -> Result<Option<RecordBatch>>,
) -> Result<LogicalPlan> {
    // The same call, written twice, is made once.
    let mut known: HashMap<Expr, ScalarValue> = HashMap::new();
    let mut find = |call: Expr| -> Result<Transformed<Expr>> {
        let Some(function) = called(&call) else { return Ok(Transformed::no(call)) };
        let value = match known.get(&call) {
            Some(value) => value.clone(),
            None => {
                let alone = LogicalPlanBuilder::empty(true).project(vec![call.clone().alias("_c0")])?.build()?;
                let batch = run(alone)?.filter(|batch| batch.num_rows() > 0);
                let batch = batch.ok_or_else(|| DataFusionError::Internal("max_pt returned no row".to_owned()))?;
                let value = ScalarValue::try_from_array(batch.column(0), 0)?;
                known.insert(call.clone(), value.clone());
                value
            }
        };
        // The call stays around the value: what can be NULL stays so for all that is above.
        let args = vec![Expr::Literal(value, None)];
        Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction { func: function.func.clone(), args })))
    };
    plan.clone()
        .transform_down_with_subqueries(|node| {
            if barrier::is_border(&node) {
                return Ok(Transformed::new(node, false, TreeNodeRecursion::Jump));
            }
            let names = NamePreserver::new(&node);
            node.map_expressions(|expr| {
                if !expr.exists(|part| Ok(called(part).is_some()))? {
                    return Ok(Transformed::no(expr));
                }
                let name = names.save(&expr);
                Ok(expr.transform_up(&mut find)?.update_data(|expr| name.restore(expr)))
            })
        })
        .data()
}

fn called(expr: &Expr) -> Option<&ScalarFunction> {
    match expr {
        Expr::ScalarFunction(function) if function.func.name() == FOUND => {
            matches!(function.args.as_slice(), [Expr::ScalarSubquery(_)]).then_some(function)
        }
        _ => None,
    }
}
