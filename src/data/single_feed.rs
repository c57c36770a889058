//! Gives every repartitioning one feed, because two of them can stall it.
//!
//! A repartitioning that is out of memory spills into files that its feeds share, and its reader looks at the oldest
//! file only: with two feeds the rows that the reader was told of may lie in another one, and everybody waits for
//! everybody. Source: <https://github.com/apache/datafusion/issues/24883>, in every release up to 55.2. Feeds still run
//! side by side; only the distribution of their rows is one task's work.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, ExecutionPlan, ExecutionPlanProperties, ReplaceChildrenOptions,
};

use super::after_filters::{AfterFilters, PROJECTIONS};
use super::barrier::Sequence;
use super::closed_limits::ClosedLimits;
use super::counted_rows::CountedRows;
use super::distinct_names::DistinctNames;
use super::file_order::FileOrder;
use super::inlining::ThroughSteps;
use super::portions::LongConstants;
use super::unpruned::Unpruned;

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The rule after which a plan only gets pauses and filters that depend on its final form.
const BEFORE: &str = "EnsureCooperative";

/// The rules that move conditions.
const CONDITIONS: &str = "FilterPushdown";

/// The rule that settles the order of rows.
const ORDERS: &str = "EnsureRequirements";

/// The engine's own rules with ours among them.
pub(super) fn rules() -> Vec<Rule> {
    let mut rules = PhysicalOptimizer::new().rules;
    rules.insert(0, Arc::new(CountedRows));
    for rule in rules.iter_mut().filter(|rule| rule.name().starts_with(CONDITIONS)) {
        *rule = Arc::new(ThroughSteps(Arc::new(DistinctNames(Arc::clone(rule)))));
    }
    for rule in rules.iter_mut().filter(|rule| rule.name() == ORDERS) {
        *rule = Arc::new(ClosedLimits(Arc::clone(rule)));
    }
    for rule in rules.iter_mut().filter(|rule| rule.name() == PROJECTIONS) {
        *rule = Arc::new(AfterFilters);
    }
    let at = rules.iter().position(|rule| rule.name() == BEFORE).unwrap_or(rules.len());
    rules.splice(
        at..at,
        [Arc::new(Sequence) as Rule, Arc::new(FileOrder), Arc::new(SingleFeed), Arc::new(LongConstants)],
    );
    rules.push(Arc::new(Unpruned));
    rules
}

#[derive(Debug)]
struct SingleFeed;

impl PhysicalOptimizerRule for SingleFeed {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| match plan.downcast_ref::<RepartitionExec>() {
            // One that keeps an order has a file of its own for each feed.
            Some(spread) if !spread.preserve_order() && feeds(spread) > 1 => {
                let fed = single(spread.input());
                let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
                Ok(Transformed::yes(Arc::clone(&plan).replace_children(vec![fed], options)?))
            }
            _ => Ok(Transformed::no(plan)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "SingleFeed"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The rows of `input` as one feed.
fn single(input: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match input.downcast_ref::<RepartitionExec>() {
        // It would only spread what is put together again.
        Some(spread) if feeds(spread) == 1 => Arc::clone(spread.input()),
        _ => Arc::new(CoalescePartitionsExec::new(Arc::clone(input))),
    }
}

fn feeds(spread: &RepartitionExec) -> usize {
    spread.input().output_partitioning().partition_count()
}
