//! Pauses between the rules of the optimiser, and in them before each step of the plan: there it can be stopped, and a plan
//! that grows without end is refused.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

use super::effort;
use super::failure::carry;

/// Most steps and parts of expressions of a plan. Chosen: a union of 250 tables of 1,200 columns has less.
const PARTS: usize = 2_000_000;

#[derive(Debug)]
struct Pause;

/// `rules` of the logical optimiser, with pauses.
pub(super) fn logical(rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>) -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let paused = |rule| [Arc::new(Pause) as Arc<dyn OptimizerRule + Send + Sync>, Arc::new(Counted(rule))];
    rules.into_iter().flat_map(paused).collect()
}

/// A rule whose work is counted.
#[derive(Debug)]
struct Counted(Arc<dyn OptimizerRule + Send + Sync>);

impl OptimizerRule for Counted {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        effort::step(1)?;
        self.0.rewrite(plan, config)
    }
}

/// `rules` of the physical optimiser, with pauses.
pub(super) fn physical(
    rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>,
) -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    rules.into_iter().flat_map(|rule| [Arc::new(Pause) as Arc<dyn PhysicalOptimizerRule + Send + Sync>, rule]).collect()
}

impl OptimizerRule for Pause {
    fn name(&self) -> &str {
        "pause"
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        effort::step(1)?;
        if parts(&plan)? > PARTS {
            return Err(carry(effort::too_complex()));
        }
        Ok(Transformed::no(plan))
    }
}

impl PhysicalOptimizerRule for Pause {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        effort::step(1)?;
        Ok(plan)
    }

    fn name(&self) -> &str {
        "Pause"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Steps of a plan and parts of their expressions, counted up to the limit.
pub(super) fn parts(plan: &LogicalPlan) -> Result<usize> {
    let mut parts = 0_usize;
    plan.apply_with_subqueries(|node| {
        parts += 1;
        node.apply_expressions(|expression| {
            expression.apply(|_| {
                parts += 1;
                Ok(if parts > PARTS { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })
        })
    })?;
    Ok(parts)
}
