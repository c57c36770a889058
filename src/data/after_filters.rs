//! Keeps projections in their place where moving them would change what a query gives.
//!
//! The engine moves a projection below a filter where that makes rows narrower, and a part of a join's condition that reads one side into
//! that side. An expression that fails on a row which the filter leaves out, as `x + y` on a sum that is too large, would then fail the
//! query. And it puts projections together without renumbering the parameters of functions that are given (`x -> …`), which then stand
//! for columns.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::HigherOrderFunctionExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::{ProjectionExec, remove_unnecessary_projections};

/// The name of the engine's rule that moves projections.
pub(super) const PROJECTIONS: &str = "ProjectionPushdown";

/// What that rule does, for projections that may be moved, and nothing for conditions of joins.
#[derive(Debug)]
pub(super) struct AfterFilters;

impl PhysicalOptimizerRule for AfterFilters {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let moved = |plan: Arc<dyn ExecutionPlan>| match plan.downcast_ref::<ProjectionExec>() {
            Some(projection) if stays(projection)? => Ok(Transformed::no(plan)),
            _ => remove_unnecessary_projections(plan),
        };
        plan.transform_down(moved).data()
    }

    fn name(&self) -> &str {
        PROJECTIONS
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether a projection stays where it is.
fn stays(projection: &ProjectionExec) -> Result<bool> {
    let is_above_filter = projection.input().is::<FilterExec>();
    Ok(is_above_filter && computes(projection) || has_given_functions(projection)?)
}

/// Whether functions are given to functions in a projection.
fn has_given_functions(projection: &ProjectionExec) -> Result<bool> {
    for projected in projection.expr().iter() {
        if projected.expr.exists(|part| Ok(part.is::<HigherOrderFunctionExpr>()))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a projection does more than choose columns.
fn computes(projection: &ProjectionExec) -> bool {
    projection.expr().iter().any(|projected| {
        let expression = &projected.expr;
        expression.downcast_ref::<Column>().is_none() && expression.downcast_ref::<Literal>().is_none()
    })
}
