//! Keeps conditions above steps of a plan that have two columns of one name, or make random values.
//!
//! The engine's rule that moves conditions through the plan that runs finds columns by their names: of two with one name it takes the
//! first, so that `a.d = b.d` becomes `a.d = a.d`. Conditions that such a step makes itself, as those of a join on its keys, still go to
//! what is below it. A condition on a random value would be put together with those below, and be asked of rows that these leave out.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};

/// A rule that moves conditions by names, between the steps at which names say too little.
#[derive(Debug)]
pub(super) struct DistinctNames(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for DistinctNames {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let closed = plan
            .transform_up(|plan| {
                Ok(match tells_columns_apart(&plan) && !draws(&plan)? {
                    true => Transformed::no(plan),
                    false => Transformed::yes(Arc::new(Closed { input: plan }) as Arc<dyn ExecutionPlan>),
                })
            })
            .data()?;
        let moved = self.0.optimize(closed, options)?;
        let open = |plan: Arc<dyn ExecutionPlan>| match plan.downcast_ref::<Closed>() {
            Some(closed) => Ok(Transformed::yes(Arc::clone(&closed.input))),
            None => Ok(Transformed::no(plan)),
        };
        moved.transform_up(open).data()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// Whether a step makes random values.
fn draws(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let Some(projection) = plan.downcast_ref::<ProjectionExec>() else { return Ok(false) };
    let mut found = false;
    for column in projection.expr().iter() {
        found |= column.expr.exists(|part| Ok(is_volatile(part)))?;
    }
    Ok(found)
}

/// Whether a column of a step is the one of its inputs that has its name, wherever there is one.
fn tells_columns_apart(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let inputs = plan.children();
    if plan.is::<UnionExec>() {
        let is_alike = |input: &&Arc<dyn ExecutionPlan>| names(input).eq(names(plan));
        return are_distinct(names(plan)) && inputs.iter().all(is_alike);
    }
    if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
        let is_itself = |(value, name): &(Arc<dyn PhysicalExpr>, String)| {
            value.downcast_ref::<Column>().is_some_and(|column| column.name() == name)
        };
        if !aggregate.group_expr().expr().iter().all(is_itself) {
            return false;
        }
    }
    are_distinct(names(plan)) && are_distinct(inputs.into_iter().flat_map(names))
}

fn names(plan: &Arc<dyn ExecutionPlan>) -> impl Iterator<Item = String> + use<> {
    let schema = plan.schema();
    (0..schema.fields().len()).map(move |at| schema.field(at).name().clone())
}

fn are_distinct(mut names: impl Iterator<Item = String>) -> bool {
    let mut known = HashSet::new();
    names.all(|name| known.insert(name))
}

/// A step that lets no condition in, as long as the rule looks at it.
#[derive(Debug)]
struct Closed {
    input: Arc<dyn ExecutionPlan>,
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
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
            Ok([input]) => Ok(Arc::new(Self { input })),
            Err(_) => internal_err!("a closed step has one input"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }
}
