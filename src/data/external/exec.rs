//! The rows of files outside, while a plan runs.
//!
//! It takes no filters: what the engine learns from rows of other tables while it runs (the keys of a join, the bounds of a sort) would show
//! in what is asked of the place (EXT-1).

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result as Outcome, ScalarValue, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::stream;

use super::Outside;
use super::json::Lines;
use super::parquet::Rows;
use super::place::{Found, Place};
use super::records::Records;
use crate::data::failure::carry;
use crate::error::{Error, Result};
use crate::model::{ColumnId, Dialect, External, ExternalFormat, ObjectId, Table};

/// A file, its folder, and the values of its partition.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub place: Arc<Place>,
    pub found: Found,
    pub values: Vec<ScalarValue>,
}

/// What is read of them.
#[derive(Debug)]
pub(super) struct Reading {
    /// The table, whose columns without those of partitions the files hold.
    pub table: Table,
    pub external: Arc<External>,
    /// The places of the columns that come out, partition columns behind the others.
    pub wanted: Vec<usize>,
    pub dialect: Arc<Dialect>,
    pub outside: Arc<dyn Outside>,
}

/// Reads files outside.
#[derive(Debug)]
pub(in crate::data) struct ExternalExec {
    reading: Arc<Reading>,
    /// The files of each part of the rows.
    groups: Vec<Vec<Part>>,
    properties: Arc<PlanProperties>,
}

impl ExternalExec {
    pub(super) fn new(reading: Reading, groups: Vec<Vec<Part>>, schema: SchemaRef) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(groups.len().max(1)),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { reading: Arc::new(reading), groups, properties: Arc::new(properties) }
    }

    /// The columns that are read, by number of the table.
    pub fn columns(&self) -> (ObjectId, impl Iterator<Item = ColumnId>) {
        let table = &self.reading.table;
        let all: Vec<ColumnId> = table.all_columns().map(|column| column.id).collect();
        (
            table.id,
            self.reading.wanted.iter().filter_map(move |at| all.get(*at).copied()).collect::<Vec<_>>().into_iter(),
        )
    }
}

impl DisplayAs for ExternalExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalExec")
    }
}

impl ExecutionPlan for ExternalExec {
    fn name(&self) -> &str {
        "ExternalExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Outcome<TreeNodeRecursion>,
    ) -> Outcome<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Outcome<Arc<dyn ExecutionPlan>> {
        match children.is_empty() {
            true => Ok(self),
            false => internal_err!("files outside have no other input"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Outcome<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Outcome<SendableRecordBatchStream> {
        let mut parts = self.groups.get(partition).cloned().unwrap_or_default();
        parts.reverse();
        let schema = self.schema();
        let source = Source { reading: Arc::clone(&self.reading), parts, open: None, schema: Arc::clone(&schema) };
        let rows = stream::unfold(Some(source), |source| async move {
            let mut source = source?;
            match source.next().await {
                Ok(None) => None,
                Ok(Some(rows)) => Some((Ok(rows), Some(source))),
                // Nothing comes behind an error.
                Err(error) => Some((Err(carry(error)), None)),
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// The rows of files, one after the other.
struct Source {
    reading: Arc<Reading>,
    /// What is left, the next one last.
    parts: Vec<Part>,
    open: Option<(Part, Open)>,
    schema: SchemaRef,
}

/// A file that is read.
enum Open {
    Records(Records),
    Lines(Lines),
    Rows(Rows),
}

impl Source {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let name = self.reading.table.name.clone();
        self.rows().await.map_err(|error| of_table(error, &name))
    }

    async fn rows(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some((part, open)) = &mut self.open else {
                let Some(part) = self.parts.pop() else { return Ok(None) };
                let open = self.reading.open(&part).await?;
                self.open = Some((part, open));
                continue;
            };
            let rows = match open {
                Open::Records(records) => records.next().await?,
                Open::Lines(lines) => lines.next().await?,
                Open::Rows(rows) => rows.next().await?,
            };
            match rows {
                Some(rows) => return self.reading.shaped(&rows, part, &self.schema).map(Some).map_err(failed),
                None => self.open = None,
            }
        }
    }
}

fn failed(error: DataFusionError) -> Box<Error> {
    crate::data::failure::failure(error)
}

/// An error of a file, with the table that it was met in: where that lies is for who may describe it.
fn of_table(error: Box<Error>, table: &str) -> Box<Error> {
    let mut error = error;
    error.message = format!("external table `{table}`: {}", error.message);
    error
}

impl Reading {
    async fn open(&self, part: &Part) -> Result<Open> {
        let file = part.place.input(&part.found, self.outside.as_ref())?;
        match (self.external.format, self.external.text_layout()?) {
            (ExternalFormat::Csv | ExternalFormat::Tsv | ExternalFormat::Text, Some(layout)) => {
                Records::new(file, &self.table, &layout, &self.dialect.zone).map(Open::Records)
            }
            (ExternalFormat::Json, _) => Lines::new(file, &self.table).map(Open::Lines),
            _ => Rows::new(file, &self.table, &self.wanted, &self.dialect).await.map(Open::Rows),
        }
    }

    /// The columns that are wanted, under the names of the query, those of the partition added.
    fn shaped(&self, rows: &RecordBatch, part: &Part, schema: &SchemaRef) -> Outcome<RecordBatch> {
        let stored = self.table.columns.len();
        let count = rows.num_rows();
        let array = |at: &usize| -> Outcome<ArrayRef> {
            match rows.columns().get(*at).filter(|_| *at < stored) {
                Some(array) => Ok(Arc::clone(array)),
                None => match part.values.get(at.saturating_sub(stored)) {
                    Some(value) => value.to_array_of_size(count),
                    None => internal_err!("a partition has no value"),
                },
            }
        };
        let arrays = self.wanted.iter().map(array).collect::<Outcome<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?)
    }
}
