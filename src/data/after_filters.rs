//! Keeps projections in their place where moving them would change what a query gives.
//!
//! The engine moves a projection below a filter where that makes rows narrower. An expression that fails on a row which the filter leaves
//! out, as `x + y` on a sum that is too large, would then fail the query. And it puts projections together without renumbering the
//! parameters of functions that are given (`x -> …`), which then stand for columns.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::HigherOrderFunctionExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::limit::LocalLimitExec;
use datafusion::physical_plan::projection::{ProjectionExec, remove_unnecessary_projections};
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

/// The name of the engine's rule that moves projections.
pub(super) const PROJECTIONS: &str = "ProjectionPushdown";

/// That rule, in which only projections that choose columns are moved through filters.
#[derive(Debug)]
pub(super) struct AfterFilters(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for AfterFilters {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let fenced = plan.transform_up(|plan| match plan.downcast_ref::<ProjectionExec>() {
            Some(projection) if has_given_functions(projection)? => {
                let fence = fence(Arc::clone(projection.input()));
                let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
                Ok(Transformed::yes(plan.replace_children(vec![fence], options)?))
            }
            None if plan.is::<FilterExec>() => Ok(Transformed::yes(fence(plan))),
            _ => Ok(Transformed::no(plan)),
        });
        let moved = self.0.optimize(fenced.data()?, options)?;
        let opened = moved.transform_up(|plan| match plan.downcast_ref::<LocalLimitExec>() {
            Some(fence) if fence.fetch() == FENCE => Ok(Transformed::yes(Arc::clone(fence.input()))),
            _ => Ok(Transformed::no(plan)),
        });
        // To choose columns cannot fail, and fewer of them are cheaper.
        let choice = |plan: Arc<dyn ExecutionPlan>| match plan.downcast_ref::<ProjectionExec>() {
            Some(projection) if !computes(projection) => remove_unnecessary_projections(plan),
            _ => Ok(Transformed::no(plan)),
        };
        opened.data()?.transform_down(choice).data()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// A limit that no query has, which no projection is moved through: it is taken away again.
const FENCE: usize = usize::MAX;

fn fence(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match input.downcast_ref::<LocalLimitExec>() {
        Some(limit) if limit.fetch() == FENCE => input,
        _ => Arc::new(LocalLimitExec::new(input, FENCE)),
    }
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
