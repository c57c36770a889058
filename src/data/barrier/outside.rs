//! External tables that a body reads: what goes wrong with their files names the view that the caller knows, not the table or its location.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::datasource::{TableType, provider_as_source, source_as_provider};
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableSource};
use datafusion::physical_plan::ExecutionPlan;

use super::View;
use super::execution::{BarrierExec, seen_from_outside};
use crate::data::external::ExternalTable;

/// The same body, whose external tables are seen through `view`. Planning lists files already, so a border around the body comes too late.
pub(super) fn concealed(body: LogicalPlan, view: &Arc<View>) -> Result<LogicalPlan> {
    body.transform_up_with_subqueries(|node| match node {
        LogicalPlan::TableScan(mut scan) => Ok(match Concealed::around(&scan.source, view) {
            Some(source) => {
                scan.source = source;
                Transformed::yes(LogicalPlan::TableScan(scan))
            }
            None => Transformed::no(LogicalPlan::TableScan(scan)),
        }),
        other => Ok(Transformed::no(other)),
    })
    .data()
}

/// An external table inside a view.
#[derive(Debug)]
struct Concealed {
    table: Arc<dyn TableProvider>,
    view: Arc<View>,
}

impl Concealed {
    /// The source behind `view`; nothing if it reads no files outside. Of views in views the outermost is the one that the caller knows.
    fn around(source: &Arc<dyn TableSource>, view: &Arc<View>) -> Option<Arc<dyn TableSource>> {
        let provider = source_as_provider(source).ok()?;
        let table = match provider.downcast_ref::<Self>() {
            Some(inner) => Arc::clone(&inner.table),
            None if provider.downcast_ref::<ExternalTable>().is_some() => provider,
            None => return None,
        };
        Some(provider_as_source(Arc::new(Self { table, view: Arc::clone(view) })))
    }
}

impl TableProvider for Concealed {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        self.table.table_type()
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        None
    }

    fn scan<'a, 'b, 'c, 'd, 'future>(
        &'a self,
        state: &'b dyn Session,
        projection: Option<&'c Vec<usize>>,
        filters: &'d [Expr],
        limit: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        'd: 'future,
        Self: 'future,
    {
        Box::pin(async move {
            let input = self.table.scan(state, projection, filters, limit).await;
            let input = input.map_err(|error| seen_from_outside(error, &self.view))?;
            Ok(Arc::new(BarrierExec::new(Arc::clone(&self.view), input)) as Arc<dyn ExecutionPlan>)
        })
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        self.table.supports_filters_pushdown(filters)
    }
}
