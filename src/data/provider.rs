//! A table as the engine sees it: the files of its manifest, and nothing else.
//!
//! Planning touches no file. The folder of the files is known to the engine's object store only; here files have names.

mod files;
mod numbered;
mod pruning;
mod scanned;

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{ColumnStatistics, Result as Outcome, ScalarValue, Statistics, stats::Precision};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::TableSource;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;

pub use files::{column_name, values_of as part_values};
pub use numbered::place_of;
pub use pruning::kept as remaining_parts;
pub use scanned::scanned_columns;

use super::change::ROW;
use super::encryption;
use super::types;
use crate::error::Result;
use crate::model::{ColumnId, DataFile, ObjectId, Table};

/// Where the engine's object store keeps the data files.
pub const STORE: &str = "odpsh://data";

/// The files of one table, as a source of rows.
#[derive(Debug, Clone)]
pub struct ManifestTable {
    /// What a query sees: columns, then partition columns.
    schema: SchemaRef,
    /// What the files hold, in the same order, by the numbers of the columns.
    stored: TableSchema,
    /// How many of the columns come from files.
    columns: usize,
    /// The files, with partition values.
    files: Vec<File>,
    /// Number of the table.
    id: ObjectId,
    /// Numbers of the columns, in the same order.
    numbers: Arc<[ColumnId]>,
    /// Whether plans may know how many rows there are.
    is_counted: bool,
    /// Whether the last column numbers the rows.
    is_numbered: bool,
    /// The column that the values of its partition column are calculated from.
    calculated_from: Option<String>,
}

/// A data file with the values of its partition.
#[derive(Debug, Clone)]
struct File {
    data: DataFile,
    values: Vec<ScalarValue>,
}

impl ManifestTable {
    /// The rows of `files`, which belong to `table`.
    ///
    /// Errors: a partition value that does not fit its column's type.
    pub fn provider(table: &Table, files: &[DataFile]) -> Result<Arc<dyn TableProvider>> {
        Self::provider_with(table, files, Arc::new(Schema::new(types::to_fields(table.all_columns()))))
    }

    /// The same under other names of its columns.
    pub fn provider_with(table: &Table, files: &[DataFile], schema: SchemaRef) -> Result<Arc<dyn TableProvider>> {
        let is_numbered = table.partition_columns.last().is_some_and(|column| column.name == ROW);
        let partitioned = table.partition_columns.len() - usize::from(is_numbered);
        let partition_columns = table.partition_columns.get(..partitioned).unwrap_or_default();
        let partition_fields = types::to_fields(partition_columns);
        let stored: Vec<FieldRef> = table
            .columns
            .iter()
            .map(|column| Arc::new(types::to_field(&column_name(column.id), &column.data_type)))
            .collect();
        // Partition columns come from no file; their names must differ from every name in a file.
        let partitions: Vec<FieldRef> = partition_fields
            .iter()
            .enumerate()
            .map(|(at, field)| Arc::new(field.as_ref().clone().with_name(format!("p{at}"))))
            .collect();
        let files = files
            .iter()
            .map(|file| {
                Ok(File { data: file.clone(), values: files::partition_values(table, partition_columns, file)? })
            })
            .collect::<Result<_>>()?;
        Ok(Arc::new(Self {
            schema,
            stored: TableSchema::builder(Arc::new(Schema::new(stored))).with_table_partition_cols(partitions).build(),
            columns: table.columns.len(),
            files,
            id: table.id,
            numbers: table.all_columns().map(|column| column.id).collect(),
            is_counted: true,
            is_numbered,
            calculated_from: table.generator().map(|(_, from)| from.column.clone()),
        }))
    }

    /// Names of the partition columns.
    pub fn partition_columns(&self) -> Vec<&str> {
        let partitioned = self.schema.fields().len() - usize::from(self.is_numbered);
        self.schema.fields().iter().take(partitioned).skip(self.columns).map(|field| field.name().as_str()).collect()
    }

    /// The column that the values of its partition column are calculated from.
    pub fn calculated_from(&self) -> Option<&str> {
        self.calculated_from.as_deref()
    }

    /// The bytes of the files whose partitions can pass the filters.
    pub fn bytes(&self, filters: &[Expr], state: &dyn Session) -> Outcome<u64> {
        let files = pruning::remaining(&self.files, &self.known()?, self.columns, filters, state)?;
        Ok(files.iter().map(|file| file.data.bytes).sum())
    }

    /// What files and partitions hold.
    fn known(&self) -> Outcome<SchemaRef> {
        let count = self.schema.fields().len() - usize::from(self.is_numbered);
        Ok(Arc::new(self.schema.project(&(0..count).collect::<Vec<_>>())?))
    }

    fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Outcome<Arc<dyn ExecutionPlan>> {
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&wanted)?);
        let files = pruning::remaining(&self.files, &self.known()?, self.columns, filters, state)?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let row = self.schema.fields().len() - 1;
        if self.is_numbered && wanted.contains(&row) {
            return self.numbered_rows(&wanted, row, &files, state, schema);
        }
        let groups = files::groups(self.parts(&files), state.config().target_partitions());
        rename(self.rows(groups, wanted, self.counts(&files), limit, state)?, &schema)
    }

    /// The same with numbers of rows: one file after the other, every row of each.
    fn numbered_rows(
        &self,
        wanted: &[usize],
        row: usize,
        files: &[&File],
        state: &dyn Session,
        schema: SchemaRef,
    ) -> Outcome<Arc<dyn ExecutionPlan>> {
        let stored: Vec<usize> = wanted.iter().copied().filter(|column| *column != row).collect();
        let at = wanted.iter().position(|column| *column == row).unwrap_or_default();
        let names = self.schema.project(&stored)?;
        let mut scans = Vec::new();
        for file in files {
            let number = self.files.iter().position(|other| other.data.name == file.data.name);
            let group = FileGroup::new(self.parts(&[*file]));
            let rows = self.rows(vec![group], stored.clone(), self.counts(&[*file]), None, state)?;
            scans.push((number.unwrap_or(usize::MAX), rename(rows, &names)?));
        }
        Ok(Arc::new(numbered::NumberedExec::new(scans, at, schema)))
    }

    fn parts(&self, files: &[&File]) -> Vec<PartitionedFile> {
        let tag = scanned::Tag::new(self.id, Arc::clone(&self.numbers));
        let part = |file: &&File| {
            PartitionedFile::new(file.data.name.clone(), file.data.bytes)
                .with_partition_values(file.values.clone())
                .with_extension(tag.clone())
        };
        files.iter().map(part).collect()
    }

    fn rows(
        &self,
        groups: Vec<FileGroup>,
        wanted: Vec<usize>,
        counts: Statistics,
        limit: Option<usize>,
        state: &dyn Session,
    ) -> Outcome<Arc<dyn ExecutionPlan>> {
        let store = ObjectStoreUrl::parse(STORE)?;
        let mut source =
            ParquetSource::new(self.stored.clone()).with_table_parquet_options(state.table_options().parquet.clone());
        if let Some(keys) = encryption::decrypting(self.files.iter().map(|file| &file.data)) {
            source = source.with_encryption_factory(keys);
        }
        let config = FileScanConfigBuilder::new(store, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(counts)
            .with_projection_indices(Some(wanted))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// The same rows, whose number plans do not know; nothing for any other source.
    pub fn without_counts(source: &Arc<dyn TableSource>) -> Option<Arc<dyn TableSource>> {
        let provider = source_as_provider(source).ok()?;
        let table = provider.downcast_ref::<Self>()?.clone();
        Some(provider_as_source(Arc::new(Self { is_counted: false, ..table })))
    }

    /// Row counts from the manifest; nothing about values.
    fn counts(&self, files: &[&File]) -> Statistics {
        let count = |value: u64| match self.is_counted {
            true => Precision::Exact(usize::try_from(value).unwrap_or(usize::MAX)),
            false => Precision::Absent,
        };
        let stored = self.schema.fields().iter().skip(usize::from(self.is_numbered));
        let columns = stored.map(|_| ColumnStatistics::new_unknown()).collect();
        Statistics {
            num_rows: count(files.iter().map(|file| file.data.rows).sum()),
            total_byte_size: Precision::Absent,
            column_statistics: columns,
        }
    }
}

/// Gives the columns of `plan` the names that the query uses.
fn rename(plan: Arc<dyn ExecutionPlan>, schema: &Schema) -> Outcome<Arc<dyn ExecutionPlan>> {
    if schema.fields().is_empty() {
        return Ok(plan);
    }
    let stored = plan.schema();
    let columns = schema.fields().iter().zip(stored.fields()).enumerate().map(|(at, (field, stored))| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(stored.name(), at));
        (column, field.name().clone())
    });
    Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), plan)?))
}

impl TableProvider for ManifestTable {
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
        limit: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Outcome<Arc<dyn ExecutionPlan>>> + Send + 'future>>
    where
        'a: 'future,
        'b: 'future,
        'c: 'future,
        'd: 'future,
        Self: 'future,
    {
        Box::pin(async move { self.plan(state, projection, filters, limit) })
    }

    /// Filters choose files and parts of files; the engine still applies them to every row.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Outcome<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}
