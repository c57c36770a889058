//! Limits how long expressions become when the optimizer replaces columns by their definitions.
//!
//! It does so level by level, within one rule: an expression that uses a column twice doubles with each level of subqueries.
//! A condition that would become too long is not moved; then each column is calculated once.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::physical_expr::expressions::Column as Place;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

/// Most parts of a condition that is moved through calculations, unless it has more already. Chosen.
const LONGEST: usize = 300;

/// Most parts of a column of the plan that runs, in terms of the tables, up to which its conditions are moved. Chosen.
const LONGEST_COLUMN: usize = 2_000;

/// Whether a condition on the columns of `below` gets too long when it moves through that one step.
pub(super) fn becomes_too_long(condition: &Expr, below: &LogicalPlan) -> bool {
    let definitions = match below {
        LogicalPlan::Projection(projection) => &projection.expr,
        LogicalPlan::Aggregate(aggregate) => &aggregate.group_expr,
        _ => return false,
    };
    let own = length(condition, usize::MAX, |_| 1);
    let most = LONGEST.max(own);
    let size = |at: usize| definitions.get(at).map_or(1, |definition| length(definition, most, |_| 1));
    length(condition, most, |column| below.schema().maybe_index_of_column(column).map_or(1, size)) > most
}

/// Parts of an expression, its columns as long as `size` says; not counted further than `most`.
fn length(expression: &Expr, most: usize, size: impl Fn(&Column) -> usize) -> usize {
    let mut parts = 0_usize;
    let counted = expression.apply(|part| {
        parts = parts.saturating_add(match part {
            Expr::Column(column) => size(column),
            _ => 1,
        });
        Ok(if parts > most { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    counted.map_or(usize::MAX, |_| parts)
}

/// How long each column of projections right above each other is, in terms of what is below all of them.
fn lengths(plan: &LogicalPlan) -> Vec<usize> {
    let LogicalPlan::Projection(projection) = plan else { return Vec::new() };
    let below = lengths(&projection.input);
    let size = |column: &Column| {
        let at = projection.input.schema().maybe_index_of_column(column);
        at.and_then(|at| below.get(at).copied()).unwrap_or(1)
    };
    projection.expr.iter().map(|expression| length(expression, usize::MAX, size)).collect()
}

/// A rule that looks at a condition in terms of what is below all projections; left out where that is too long.
#[derive(Debug)]
pub(super) struct ThroughProjections(pub Arc<dyn OptimizerRule + Send + Sync>);

impl OptimizerRule for ThroughProjections {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if let LogicalPlan::Filter(filter) = &plan {
            let below = lengths(&filter.input);
            let schema = filter.input.schema();
            let size = |column: &Column| {
                schema.maybe_index_of_column(column).and_then(|at| below.get(at).copied()).unwrap_or(1)
            };
            let most = LONGEST.max(length(&filter.predicate, usize::MAX, |_| 1));
            if length(&filter.predicate, most, size) > most {
                return Ok(Transformed::no(plan));
            }
        }
        self.0.rewrite(plan, config)
    }
}

/// A rule that moves conditions through the steps of the plan that runs; left out where columns are too long for that.
#[derive(Debug)]
pub(super) struct ThroughSteps(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for ThroughSteps {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        match columns(&plan)? {
            None => Ok(plan),
            Some(_) => self.0.optimize(plan, options),
        }
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// How long each column of a plan is in terms of the tables, at most; nothing if one is too long anywhere in it.
fn columns(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Vec<usize>>> {
    let mut below = Vec::new();
    let children = plan.children();
    let inputs = children.len();
    for child in children {
        match columns(child)? {
            Some(sizes) => below.push(sizes),
            None => return Ok(None),
        }
    }
    let fields = plan.schema().fields().len();
    let mut below = below.concat();
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let sizes = projection.expr().iter().map(|column| parts(&column.expr, &below)).collect::<Result<Vec<_>>>()?;
        return Ok(sizes.iter().all(|size| *size <= LONGEST_COLUMN).then_some(sizes));
    }
    if below.len() != fields || inputs == 0 {
        below = vec![below.iter().copied().max().unwrap_or(1); fields];
    }
    Ok(Some(below))
}

fn parts(expression: &Arc<dyn PhysicalExpr>, below: &[usize]) -> Result<usize> {
    let mut parts = 0_usize;
    expression.apply(|part| {
        let place = part.downcast_ref::<Place>();
        parts = parts.saturating_add(place.and_then(|place| below.get(place.index()).copied()).unwrap_or(1));
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(parts)
}
