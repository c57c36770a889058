//! By which conditions parts of files are skipped: those that are opaque as well, for what they are, but none on floating numbers.
//!
//! The statistics of Parquet files leave NaN out, which is the greatest number here: a file whose numbers are all small may hold one. The
//! conditions themselves stay where they are, above the scan.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::physical_plan::{FileScanConfig, FileScanConfigBuilder, FileSource, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, conjunction, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

use super::functions::one_zero::has_floats;
use super::functions::opaque::looked_into;

/// Runs after the rules that move conditions into scans, those of joins and of sorts that fill themselves included.
#[derive(Debug)]
pub(super) struct Unpruned;

impl PhysicalOptimizerRule for Unpruned {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            Ok(match pruned_by_others(&plan)? {
                Some(scan) => Transformed::yes(scan),
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &str {
        "Unpruned"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The scan with these conditions; nothing if this is no scan, or one that has them already.
fn pruned_by_others(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let scan = plan.downcast_ref::<DataSourceExec>();
    let Some(scan) = scan.and_then(|scan| scan.data_source().downcast_ref::<FileScanConfig>()) else { return Ok(None) };
    let Some(source) = scan.file_source().downcast_ref::<ParquetSource>() else { return Ok(None) };
    let Some(filter) = source.filter() else { return Ok(None) };
    let schema = source.table_schema().table_schema();
    let looked_into = looked_into(Arc::clone(&filter))?;
    let conditions = split_conjunction(&looked_into.data);
    let kept: Vec<_> = conditions.iter().filter(|condition| !reads_floats(condition, schema)).collect();
    if kept.len() == conditions.len() && !looked_into.transformed {
        return Ok(None);
    }
    let source = source.with_predicate(conjunction(kept.into_iter().map(|condition| Arc::clone(condition))));
    let scan = FileScanConfigBuilder::from(scan.clone()).with_source(Arc::new(source)).build();
    Ok(Some(DataSourceExec::from_data_source(scan)))
}

/// Whether a condition is on a column with floating numbers.
fn reads_floats(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    let is_floating = |name: &str| schema.field_with_name(name).map_or(true, |field| has_floats(field.data_type()));
    collect_columns(condition).iter().any(|column| is_floating(column.name()))
}
