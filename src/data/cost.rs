//! What a query would read: the bytes of its files, as far as conditions on partitions choose among them. No file is opened.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{Optimizer, OptimizerContext};

use super::failure::failure;
use super::plan::Plan;
use super::provider::ManifestTable;
use super::thread::on_deep_stack;
use crate::error::Result;

/// The bytes of the files that a plan reads; of a table that it names twice, twice.
///
/// # Errors
/// A mistake in this program.
pub fn input_bytes(plan: &Plan) -> Result<u64> {
    on_deep_stack(|| bytes(plan.logical()).map_err(failure))
}

fn bytes(plan: &LogicalPlan) -> Result<u64, DataFusionError> {
    let optimizer = Optimizer::with_rules(vec![Arc::new(PushDownFilter::new())]);
    // Where the conditions cannot be moved, every file counts.
    let moved = optimizer.optimize(plan.clone(), &OptimizerContext::new(), |_, _| {});
    let plan = moved.unwrap_or_else(|_| plan.clone());
    let state = SessionStateBuilder::new().with_default_features().build();
    let mut total = 0_u64;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = provider.downcast_ref::<ManifestTable>()
        {
            total = total.saturating_add(table.bytes(&scan.filters, &state)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(total)
}
