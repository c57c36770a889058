//! Writes the rows of a plan into new data files of a table.
//!
//! Nothing is visible before the manifest names the files; on an error no file is left.

mod change;
pub(super) mod convert;
pub(super) mod file;
mod generated;
mod partitions;

pub(super) use partitions::{group, ranges};

pub(super) use change::change;
pub use change::{ChangeTarget, Changed, Clause};
pub use convert::check_default;

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::Expr;

use self::file::FileWriter;
use super::engine::{Cancel, Started};
use super::failure::failure;
use super::plan::Readable;
use super::provider::column_name;
use super::run::{Runner, Work};
use super::types;
use crate::cipher::DataKey;
use crate::error::{Code, Error, Result};
use crate::model::{Column, ColumnId, DataFile, Dialect, PartitionSpec, Table};

/// Partitions that one statement may write to. Source: "INSERT OVERWRITE with dynamic partitions": 2,000.
const PARTITIONS: usize = 2_000;

/// Where rows go.
#[derive(Debug, Clone)]
pub struct WriteTarget {
    /// The table.
    pub table: Table,
    /// The column that each result column fills, by position, without partition columns; the other columns are NULL.
    pub columns: Vec<ColumnId>,
    /// Partition columns whose value the statement names.
    pub fixed: Vec<(String, String)>,
    /// Partition columns that the last result columns fill, in order.
    pub dynamic: Vec<String>,
    /// New files are called `<prefix>-<n>.parquet`.
    pub prefix: String,
    /// In an encrypted project, the key of its data.
    pub key: Option<DataKey>,
}

/// Runs `plan`, converts in `dialect`, and writes its rows; gives the files in the order in which they were made.
pub(super) fn write(
    started: Arc<Started>,
    plan: &LogicalPlan,
    readable: Option<Arc<Readable>>,
    dialect: &Arc<Dialect>,
    target: &WriteTarget,
    cancel: &Cancel,
) -> Result<Vec<DataFile>> {
    let dialect = Arc::clone(dialect);
    let plan = match partitions::source(target) {
        Some(source) => partitions::group_by(plan, source)?,
        None => partitions::group(plan, target.dynamic.len())?,
    };
    let target = target.clone();
    let mut work = Work::start(started, cancel, move |runner, sender| {
        let mut writer = Writer::new(runner, target, dialect)?;
        let written = writer.write(&plan, readable.as_deref());
        if written.is_err() {
            writer.discard();
        }
        // If the receiver is gone the files are nobody's, and the manifest's list of announced files knows them.
        drop(sender.send(written));
        Ok(())
    })?;
    match work.wait() {
        Some(files) => files,
        None => Err(Error::new(Code::Internal, "the query engine failed")),
    }
}

struct Writer<'a> {
    runner: &'a Runner,
    target: WriteTarget,
    dialect: Arc<Dialect>,
    /// For each stored column, where its values come from.
    sources: Vec<(Column, Option<usize>)>,
    schema: Arc<Schema>,
    made: Vec<PathBuf>,
    files: Vec<DataFile>,
    open: Option<(PartitionSpec, FileWriter)>,
    /// Memory that waits for the next file.
    room: Option<MemoryReservation>,
    seen: std::collections::BTreeSet<PartitionSpec>,
}

impl<'a> Writer<'a> {
    fn new(runner: &'a Runner, target: WriteTarget, dialect: Arc<Dialect>) -> Result<Self> {
        let columns = &target.table.columns;
        let known = |id: &ColumnId| columns.iter().any(|column| column.id == *id);
        if !target.columns.iter().all(known) {
            return Err(Error::new(Code::Internal, "a value is written to an unknown column"));
        }
        let source = |column: &Column| target.columns.iter().position(|id| *id == column.id);
        let sources: Vec<_> = columns.iter().map(|column| (column.clone(), source(column))).collect();
        let fields: Vec<FieldRef> = columns
            .iter()
            .map(|column| Arc::new(types::to_field(&column_name(column.id), &column.data_type)))
            .collect();
        Ok(Self {
            runner,
            sources,
            schema: Arc::new(Schema::new(fields)),
            made: Vec::new(),
            files: Vec::new(),
            open: None,
            room: None,
            seen: std::collections::BTreeSet::new(),
            target,
            dialect,
        })
    }

    fn write(&mut self, plan: &LogicalPlan, readable: Option<&Readable>) -> Result<Vec<DataFile>> {
        // A sort takes what it gets: what the file needs is kept before it begins, and given back for the file.
        let room = self.reservation();
        room.try_grow(file::row_group(self.runner.started.memory_limit)).map_err(failure)?;
        let mut batches = self.runner.start(plan, readable)?;
        self.room = Some(room);
        while let Some(batch) = batches.next()? {
            if batch.num_columns() != self.target.columns.len() + self.target.dynamic.len() {
                return Err(Error::new(Code::Internal, "the result has other columns than the table needs"));
            }
            let stored = self.stored(&batch)?;
            for (spec, range) in partitions::ranges((&batch, &stored), &self.target, &self.dialect)? {
                self.append(spec, &stored.slice(range.start, range.len()))?;
            }
        }
        let files = self.finish()?;
        file::sync_folder(&self.runner.started.options.data)?;
        Ok(files)
    }

    /// The files that were written.
    fn finish(&mut self) -> Result<Vec<DataFile>> {
        self.close()?;
        Ok(std::mem::take(&mut self.files))
    }

    /// The rows as the table's columns hold them.
    fn stored(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let arrays = self.sources.iter().map(|(column, source)| {
            let array = source.and_then(|at| batch.columns().get(at));
            convert::column(array, column, batch.num_rows(), &self.dialect)
        });
        let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|error| failure(error.into()))
    }

    fn append(&mut self, spec: PartitionSpec, rows: &RecordBatch) -> Result<()> {
        let same = self.open.as_ref().is_some_and(|(open, _)| *open == spec);
        if !same {
            self.close()?;
            self.seen.insert(spec.clone());
            if self.seen.len() > PARTITIONS {
                return Err(Error::new(
                    Code::Execution,
                    format!("a statement may write to at most {PARTITIONS} partitions"),
                )
                .help("split the statement with `where` on the partition columns"));
            }
            let file = self.new_file()?;
            self.open = Some((spec, file));
        }
        match &mut self.open {
            Some((_, file)) => file.append(rows),
            None => Ok(()),
        }
    }

    fn new_file(&mut self) -> Result<FileWriter> {
        let options = &self.runner.started.options;
        let name = format!("{}-{}.parquet", self.target.prefix, self.made.len());
        let path = options.data.join(&name);
        let reservation = self.room.take().unwrap_or_else(|| self.reservation());
        self.made.push(path.clone());
        let limit = self.runner.started.memory_limit;
        FileWriter::create(name, &path, &self.schema, (reservation, limit), self.target.key.as_ref())
    }

    fn reservation(&self) -> MemoryReservation {
        MemoryConsumer::new("data file").register(&self.runner.started.environment.memory_pool)
    }

    fn close(&mut self) -> Result<()> {
        if let Some((spec, mut file)) = self.open.take() {
            self.room = Some(file.room());
            self.files.push(file.finish(spec)?);
        }
        Ok(())
    }

    /// Removes every file that was made.
    fn discard(&mut self) {
        self.open = None;
        for path in &self.made {
            // A file that cannot be removed is in no manifest; it is announced, and removed later.
            drop(std::fs::remove_file(path));
        }
    }
}

/// The plan with its rows grouped by the last `count` columns.
fn sorted(plan: LogicalPlan, count: usize) -> datafusion::common::Result<LogicalPlan> {
    let columns = plan.schema().columns();
    let first = columns.len().saturating_sub(count);
    sorted_by(plan, columns.get(first..).unwrap_or_default())
}

fn sorted_by(plan: LogicalPlan, columns: &[datafusion::common::Column]) -> datafusion::common::Result<LogicalPlan> {
    let keys: Vec<_> = columns.iter().map(|column| Expr::Column(column.clone()).sort(true, true)).collect();
    LogicalPlanBuilder::from(plan).sort(keys)?.build()
}
