//! Which columns of which tables a finished plan reads: the last look before it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::datasource::physical_plan::{FileScanConfig, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::ExecutionPlan;

use super::numbered::NumberedExec;
use crate::data::external::ExternalExec;
use crate::model::{ColumnId, ObjectId};

/// What each file of a scan remembers of its table.
#[derive(Debug, Clone)]
pub struct Tag {
    table: ObjectId,
    columns: Arc<[ColumnId]>,
}

impl Tag {
    /// The mark of a table with these columns.
    pub fn new(table: ObjectId, columns: Arc<[ColumnId]>) -> Self {
        Self { table, columns }
    }
}

/// The columns that the scans of `plan` read, by number of the table; scans without files read nothing.
pub fn scanned_columns(plan: &Arc<dyn ExecutionPlan>) -> Vec<(ObjectId, BTreeSet<ColumnId>)> {
    let mut tables = BTreeMap::new();
    collect(plan, &mut tables);
    tables.into_iter().collect()
}

fn collect(plan: &Arc<dyn ExecutionPlan>, tables: &mut BTreeMap<ObjectId, BTreeSet<ColumnId>>) {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>()
        && let Some(config) = scan.data_source().downcast_ref::<FileScanConfig>()
    {
        let tag = config.file_groups.iter().flat_map(|group| group.files()).find_map(|file| file.extension::<Tag>());
        if let Some(tag) = tag {
            let read = tables.entry(tag.table).or_default();
            read.extend(
                indices(config.file_source().as_ref()).into_iter().filter_map(|at| tag.columns.get(at).copied()),
            );
        }
    }
    if let Some(external) = plan.downcast_ref::<ExternalExec>() {
        let (table, columns) = external.columns();
        tables.entry(table).or_default().extend(columns);
    }
    for child in plan.children() {
        collect(child, tables);
    }
    if let Some(numbered) = plan.downcast_ref::<NumberedExec>() {
        numbered.scans().for_each(|scan| collect(scan, tables));
    }
}

/// Positions of the columns that are shown or filtered on.
fn indices(source: &dyn FileSource) -> BTreeSet<usize> {
    let schema = source.table_schema().table_schema();
    let shown = match source.projection() {
        Some(projection) => projection.column_indices(),
        None => (0..schema.fields().len()).collect(),
    };
    let filtered = source.filter().map(|filter| collect_columns(&filter)).unwrap_or_default();
    let filtered = filtered.iter().filter_map(|column| schema.index_of(column.name()).ok());
    shown.into_iter().chain(filtered).collect()
}
