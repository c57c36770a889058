//! Keeps sorts above limits, and above the borders of views (VIW-5).
//!
//! The engine's rule that settles the order of rows takes a limit without an order of its own for a step that a sort can go below. Then other rows
//! are cut off than the query says, and behind a view rows that its limit leaves out are shown.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, OrderingRequirements};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};

use super::barrier::BarrierExec;

/// A rule that moves sorts, between the limits of a plan.
#[derive(Debug)]
pub(super) struct ClosedLimits(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for ClosedLimits {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let closed = plan
            .transform_up(|plan| match is_closed(&plan) {
                true => Ok(Transformed::yes(Arc::new(Closed::of(plan)) as Arc<dyn ExecutionPlan>)),
                false => Ok(Transformed::no(plan)),
            })
            .data()?;
        let settled = self.0.optimize(closed, options)?;
        let open = |plan: Arc<dyn ExecutionPlan>| match plan.downcast_ref::<Closed>() {
            Some(closed) => Ok(Transformed::yes(Arc::clone(&closed.limit))),
            None => Ok(Transformed::no(plan)),
        };
        settled.transform_up(open).data()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// Whether no sort may go below this step.
fn is_closed(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<GlobalLimitExec>() || plan.is::<LocalLimitExec>() || plan.is::<BarrierExec>()
}

/// Such a step, as long as the rule looks at it: it has the order that it needs, and tells of none.
#[derive(Debug)]
struct Closed {
    limit: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl Closed {
    fn of(limit: Arc<dyn ExecutionPlan>) -> Self {
        let properties =
            limit.properties().as_ref().clone().with_eq_properties(EquivalenceProperties::new(limit.schema()));
        Self { limit, properties: Arc::new(properties) }
    }
}

impl DisplayAs for Closed {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed")
    }
}

impl ExecutionPlan for Closed {
    fn name(&self) -> &str {
        "Closed"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.limit.properties().output_ordering().cloned().map(OrderingRequirements::from)]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    /// Its rows stay in their order: what is spread over threads is spread above it.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.limit]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 1]>::try_from(children) {
            Ok([limit]) => Ok(Arc::new(Self::of(limit))),
            Err(_) => internal_err!("a closed limit has one input"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.limit.execute(partition, context)
    }
}
