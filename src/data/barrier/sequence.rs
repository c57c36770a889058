//! Bodies of views run in one partition: their rows come in one order, in which neither threads nor rows that are left out have a part.
//!
//! What is above a border still runs side by side.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::{InterleaveExec, UnionExec};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, ExecutionPlan, ExecutionPlanProperties, ReplaceChildrenOptions,
};

use super::BarrierExec;
use super::in_order::InOrderExec;
use super::one_batch::OneBatchExec;
use crate::data::file_order::in_one_group;

type Plan = Arc<dyn ExecutionPlan>;

/// Runs once partitions are settled.
#[derive(Debug)]
pub(in crate::data) struct Sequence;

impl PhysicalOptimizerRule for Sequence {
    fn optimize(&self, plan: Plan, _: &ConfigOptions) -> Result<Plan> {
        plan.transform_down(|plan| match plan.is::<BarrierExec>() {
            true => Ok(Transformed::new(sequential(&plan)?, true, TreeNodeRecursion::Jump)),
            false => Ok(Transformed::no(plan)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "Sequence"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The same plan in one partition, everything in it included.
fn sequential(plan: &Plan) -> Result<Plan> {
    let mut inputs = plan.children().into_iter().map(sequential).collect::<Result<Vec<_>>>()?;
    // The first input is the one that is kept.
    let keeps_one = plan.is::<HashJoinExec>() || plan.is::<NestedLoopJoinExec>() || plan.is::<CrossJoinExec>();
    if let Some(kept) = inputs.first_mut().filter(|_| keeps_one) {
        *kept = Arc::new(OneBatchExec::new(in_one(Arc::clone(kept))));
    }
    let step = match inputs.as_slice() {
        [input] if plan.is::<RepartitionExec>() => Arc::clone(input),
        [input] if plan.is::<CoalescePartitionsExec>() || plan.is::<SortPreservingMergeExec>() => match plan.fetch() {
            Some(rows) => Arc::new(GlobalLimitExec::new(Arc::clone(input), 0, Some(rows))),
            None => Arc::clone(input),
        },
        [] => one_by_one(plan),
        _ if plan.is::<InterleaveExec>() => UnionExec::try_new(inputs)?,
        _ => {
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            Arc::clone(plan).replace_children(inputs, options)?
        }
    };
    Ok(in_one(step))
}

fn in_one(step: Plan) -> Plan {
    match step.output_partitioning().partition_count() {
        0 | 1 => step,
        _ => Arc::new(InOrderExec::new(step)),
    }
}

/// A scan that reads its files one after the other.
fn one_by_one(plan: &Plan) -> Plan {
    let scan = plan.downcast_ref::<DataSourceExec>();
    let scan = scan.and_then(|scan| scan.data_source().downcast_ref::<FileScanConfig>());
    scan.map_or_else(|| Arc::clone(plan), in_one_group)
}
