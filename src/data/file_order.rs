//! Keeps the rows of small tables in the order of their files, where nothing needs another one.
//!
//! Files that are read side by side give their rows as they come, which differs from run to run. Small tables gain little by
//! that, and are the ones that somebody looks at: a plan that only filters, projects or cuts their rows reads them one
//! after the other. Large ones are still read side by side.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

use super::barrier::{BarrierExec, InOrderExec};

/// Largest sum of the files that are read one after the other, in bytes. Chosen.
const SMALL: u64 = 16 << 20;

#[derive(Debug)]
pub(super) struct FileOrder;

impl PhysicalOptimizerRule for FileOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(in_order(&plan)?.unwrap_or(plan))
    }

    fn name(&self) -> &str {
        "FileOrder"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The same plan in one partition; nothing if it does more than pass on the rows of one small scan.
fn in_order(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        return Ok(scan.data_source().downcast_ref::<FileScanConfig>().and_then(one_by_one));
    }
    let [input] = plan.children()[..] else { return Ok(None) };
    let spreads = plan.is::<RepartitionExec>();
    let gathers = plan.downcast_ref::<CoalescePartitionsExec>();
    let passes = plan.is::<ProjectionExec>()
        || plan.is::<BarrierExec>()
        || plan.is::<InOrderExec>()
        || plan.is::<FilterExec>()
        || plan.is::<GlobalLimitExec>()
        || plan.is::<LocalLimitExec>();
    if !(spreads || gathers.is_some() || passes) {
        return Ok(None);
    }
    let Some(input) = in_order(input)? else { return Ok(None) };
    if spreads {
        return Ok(Some(input));
    }
    if let Some(gathers) = gathers {
        return Ok(Some(match gathers.fetch() {
            Some(rows) => Arc::new(GlobalLimitExec::new(input, 0, Some(rows))),
            None => input,
        }));
    }
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Arc::clone(plan).replace_children(vec![input], options).map(Some)
}

/// The scan with all its files in one group; nothing if they are large.
fn one_by_one(scan: &FileScanConfig) -> Option<Arc<dyn ExecutionPlan>> {
    let sizes = scan.file_groups.iter().flat_map(|group| group.files()).map(|file| file.effective_size());
    (sizes.sum::<u64>() <= SMALL).then(|| in_one_group(scan))
}

/// The scan with all its files in one group.
pub(super) fn in_one_group(scan: &FileScanConfig) -> Arc<dyn ExecutionPlan> {
    // Groups, one behind the other, are in the order of the files (`provider::files::groups`), and so are the parts that the
    // engine cuts them into.
    let files: Vec<_> = scan.file_groups.iter().flat_map(|group| group.files()).cloned().collect();
    let scan = FileScanConfigBuilder::from(scan.clone()).with_file_groups(vec![FileGroup::new(files)]).build();
    DataSourceExec::from_data_source(scan)
}
