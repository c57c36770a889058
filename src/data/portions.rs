//! Limits the rows of a batch where a constant is long: as a column, the constant is repeated for each row.
//!
//! In `select repeat('x', 1000000) from t` each row of a batch has a megabyte, which the memory pool does not see.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::{TryStreamExt, stream};

/// Bytes from which a constant is long. Chosen.
const LONG: usize = 64 << 10;

/// Bytes of the long constants of one batch. Chosen.
const PORTION: usize = 4 << 20;

/// Rows of a batch beside long constants of so many bytes.
fn rows(bytes: usize) -> usize {
    (PORTION / bytes.max(1)).max(1)
}

/// The most rows that a batch of this plan may have: some steps merge small batches.
pub(super) fn batch(plan: &Arc<dyn ExecutionPlan>, most: usize) -> usize {
    let own = match plan.downcast_ref::<ProjectionExec>() {
        Some(projection) if !projection.input().is::<PlaceholderRowExec>() => {
            let columns = projection.expr().iter().filter_map(|column| column.expr.downcast_ref::<Literal>());
            // Arrays are taken apart as they are.
            let texts = columns.filter(|constant| !constant.value().data_type().is_nested());
            texts.map(|constant| constant.value().size()).filter(|bytes| *bytes > LONG).sum()
        }
        _ => 0_usize,
    };
    let own = if own > 0 { rows(own) } else { most };
    plan.children().into_iter().fold(most.min(own), |most, child| batch(child, most))
}

/// Puts [`Portions`] below what calculates with long constants.
#[derive(Debug)]
pub(super) struct LongConstants;

impl PhysicalOptimizerRule for LongConstants {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let calculates = plan.is::<ProjectionExec>() || plan.is::<FilterExec>() || plan.is::<AggregateExec>();
            let Some(input) = single_input(&plan) else { return Ok(Transformed::no(plan)) };
            let bytes = if calculates && !input.is::<PlaceholderRowExec>() { long_constants(&plan)? } else { 0 };
            if bytes == 0 {
                return Ok(Transformed::no(plan));
            }
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            let input = Arc::new(Portions { rows: rows(bytes), input });
            Ok(Transformed::yes(plan.replace_children(vec![input], options)?))
        })
        .data()
    }

    fn name(&self) -> &str {
        "LongConstants"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn single_input(plan: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn ExecutionPlan>> {
    match plan.children().as_slice() {
        [input] => Some(Arc::clone(input)),
        _ => None,
    }
}

/// Bytes of the long constants of one step.
fn long_constants(plan: &Arc<dyn ExecutionPlan>) -> Result<usize> {
    let mut bytes = 0_usize;
    plan.apply_expressions(&mut |expression| {
        expression.apply(|part| {
            let size = part.downcast_ref::<Literal>().map_or(0, |constant| constant.value().size());
            if size > LONG {
                bytes = bytes.saturating_add(size);
            }
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(bytes)
}

/// Passes its rows on, at most `rows` in a batch.
#[derive(Debug)]
struct Portions {
    rows: usize,
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for Portions {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portions: {}", self.rows)
    }
}

impl ExecutionPlan for Portions {
    fn name(&self) -> &str {
        "Portions"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
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
            Ok([input]) => Ok(Arc::new(Self { rows: self.rows, input })),
            Err(_) => internal_err!("rows come from one input"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batches = self.input.execute(partition, context)?;
        let schema = batches.schema();
        let most = self.rows;
        let portions = batches.map_ok(move |batch| stream::iter(portions(&batch, most).map(Ok).collect::<Vec<_>>()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, portions.try_flatten())))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        match inputs {
            [input] => Ok(Arc::clone(input)),
            _ => internal_err!("rows come from one input"),
        }
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}

fn portions(batch: &RecordBatch, most: usize) -> impl Iterator<Item = RecordBatch> {
    let total = batch.num_rows();
    (0..total).step_by(most).map(move |start| batch.slice(start, most.min(total - start)))
}
