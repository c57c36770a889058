//! The rows of a body as one stream, which depends on these rows alone: in their order, and cut into batches of one size.
//!
//! What is calculated above a border depends on how rows are put together: sums of floating numbers do, and collected lists. So
//! neither the batches of the files nor threads may decide where batches end (VIW-5).

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::compute::BatchCoalescer;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PhysicalExpr, PlanProperties, ReplaceChildrenOptions,
};
use futures::{StreamExt, TryStreamExt, stream};

/// Reads the partitions of its input one after the other.
#[derive(Debug)]
pub(in crate::data) struct InOrderExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl InOrderExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        // Above a body only the order of its rows is known: constants and equal columns in it must not shape the plan of the caller (VIW-5).
        let is_one = input.output_partitioning().partition_count() <= 1;
        let order = input.output_ordering().filter(|_| is_one).cloned();
        let equivalences = EquivalenceProperties::new_with_orderings(input.schema(), order);
        let partitioning = Partitioning::UnknownPartitioning(1);
        let (emission, bounds) = (input.pipeline_behavior(), input.boundedness());
        let properties = Arc::new(PlanProperties::new(equivalences, partitioning, emission, bounds));
        Self { input, properties }
    }
}

impl DisplayAs for InOrderExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InOrderExec")
    }
}

impl ExecutionPlan for InOrderExec {
    fn name(&self) -> &str {
        "InOrderExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![self.input.output_partitioning().partition_count() == 1]
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
            Ok([input]) => Ok(Arc::new(Self::new(input))),
            Err(_) => internal_err!("one input is put in order"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("rows in order are one partition");
        }
        let schema = self.schema();
        let size = context.session_config().batch_size();
        let input = Arc::clone(&self.input);
        let partitions = 0..input.output_partitioning().partition_count();
        let rows =
            stream::iter(partitions.map(move |at| input.execute(at, Arc::clone(&context)))).try_flatten().boxed();
        let cut = (rows, BatchCoalescer::new(Arc::clone(&schema), size), false);
        let batches = stream::try_unfold(cut, |(mut rows, mut cut, mut is_ended)| async move {
            loop {
                if let Some(batch) = cut.next_completed_batch() {
                    return Ok(Some((batch, (rows, cut, is_ended))));
                }
                if is_ended {
                    return Ok(None);
                }
                match rows.try_next().await? {
                    Some(batch) => cut.push_batch(batch)?,
                    None => {
                        is_ended = true;
                        cut.finish_buffered_batch()?;
                    }
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }

    fn child_stats_requests(&self, _: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::Skip]
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        Ok(Arc::new(Statistics::new_unknown(&self.schema())))
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}
