//! An external table as the engine sees it. Planning touches no file; the folders are listed when the plan is about to run.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as Outcome;
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use super::Folders;
use super::exec::{ExternalExec, Part, Reading};
use super::place::Place;
use crate::data::failure::{carry, failure};
use crate::data::plan::Plan;
use crate::data::provider::{part_values, remaining_parts};
use crate::data::types;
use crate::error::{Code, Error, Result};
use crate::model::{Dialect, ResultColumn, Table};

/// Files that are read one after the other have at most so many bytes together: their rows come in their order. Chosen.
const SMALL: u64 = 16 << 20;

/// Files outside, as a source of rows.
#[derive(Debug)]
pub struct ExternalTable {
    schema: SchemaRef,
    table: Table,
    scan: Folders,
    dialect: Arc<Dialect>,
}

impl ExternalTable {
    /// The rows of an external table, under these names of its columns.
    pub fn provider(
        table: &Table,
        scan: &Folders,
        schema: SchemaRef,
        dialect: &Arc<Dialect>,
    ) -> Arc<dyn TableProvider> {
        Arc::new(Self { schema, table: table.clone(), scan: scan.clone(), dialect: Arc::clone(dialect) })
    }

    async fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(external) = &self.table.external else {
            return Err(Error::new(Code::Internal, "the table is not an external one"));
        };
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&wanted).map_err(|error| failure(error.into()))?);
        let values =
            self.scan.parts.iter().map(|(spec, _)| part_values(&self.table, spec)).collect::<Result<Vec<_>>>()?;
        // A store would learn from what is asked which partitions are left: what `max_pt` found of another table is a constant by now.
        let filters = if external.location.is_on_machine() { filters } else { &[] };
        let kept = remaining_parts(&values, &self.schema, self.table.columns.len(), filters, state).map_err(failure)?;
        let mut parts = Vec::new();
        for ((_, location), values) in
            self.scan.parts.iter().zip(&values).zip(kept).filter_map(|(part, kept)| kept.then_some(part))
        {
            let place = Arc::new(Place::open(location, &self.scan)?);
            for found in place.files(self.scan.outside.as_ref()).await? {
                parts.push(Part { place: Arc::clone(&place), found, values: values.clone() });
            }
        }
        let bytes: u64 = parts.iter().map(|part| part.found.bytes).sum();
        let count = if bytes <= SMALL { 1 } else { state.config().target_partitions().clamp(1, parts.len().max(1)) };
        let share = bytes / count as u64 + 1;
        let mut groups: Vec<Vec<Part>> = (0..count).map(|_| Vec::new()).collect();
        let mut before = 0;
        for part in parts {
            let at = usize::try_from(before / share).unwrap_or_default();
            before += part.found.bytes;
            if let Some(group) = groups.get_mut(at.min(count - 1)) {
                group.push(part);
            }
        }
        let reading = Reading {
            table: self.table.clone(),
            external: Arc::clone(external),
            wanted,
            dialect: Arc::clone(&self.dialect),
            outside: Arc::clone(&self.scan.outside),
        };
        Ok(Arc::new(ExternalExec::new(reading, groups, schema)))
    }
}

impl TableProvider for ExternalTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn get_logical_plan(&self) -> Option<Cow<'_, LogicalPlan>> {
        None
    }

    fn scan<'a, 'b, 'c, 'd, 'future>(
        &'a self,
        state: &'b dyn Session,
        projection: Option<&'c Vec<usize>>,
        filters: &'d [Expr],
        _: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Outcome<Arc<dyn ExecutionPlan>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        'd: 'future,
        Self: 'future,
    {
        let name = &self.table.name;
        let named = move |mut error: Box<Error>| {
            error.message = format!("external table `{name}`: {}", error.message);
            carry(error)
        };
        Box::pin(async move { self.plan(state, projection, filters).await.map_err(named) })
    }

    /// Filters choose partitions by their values; the engine still applies them to every row.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Outcome<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}

/// A plan that gives every row of files outside.
///
/// # Errors
/// A mistake in this program.
pub fn plan_of(table: &Table, scan: &Folders, dialect: &Arc<Dialect>) -> Result<Plan> {
    let schema = Arc::new(Schema::new(types::to_fields(table.all_columns())));
    let source = provider_as_source(ExternalTable::provider(table, scan, schema, dialect));
    let plan = LogicalPlanBuilder::scan("files", source, None).and_then(LogicalPlanBuilder::build).map_err(failure)?;
    let column =
        |column: &crate::model::Column| ResultColumn { name: column.name.clone(), data_type: column.data_type.clone() };
    let readable = std::iter::once((table.id, table.all_columns().map(|column| column.id).collect())).collect();
    Ok(Plan::of_kept(table.all_columns().map(column).collect(), readable, false, Arc::clone(dialect), plan))
}
