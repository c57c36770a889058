//! The rows of a plan → files outside, which get their names later.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;

use super::Folders;
use super::draft::{Drafts, unwritable};
use crate::data::delimited::{Output, TextFormat};
use crate::data::engine::{Cancel, Started};
use crate::data::failure::failure;
use crate::data::plan::Plan;
use crate::data::run::{Runner, Work};
use crate::data::types;
use crate::data::write::{WriteTarget, convert, file, group, ranges};
use crate::error::{Code, Error, Result};
use crate::model::{Column, Dialect, External, ExternalFormat, Location, PartitionSpec};

/// Text is handed to the system in pieces of about this size, in bytes.
const PIECE: usize = 1 << 20;
/// Partitions that one statement may write to, as of tables inside.
const PARTITIONS: usize = 2_000;

/// Where rows go outside.
#[derive(Debug, Clone)]
pub struct OutsideTarget {
    /// The table, and its columns that the plan fills.
    pub target: WriteTarget,
    /// Its folders; partitions that are not among them get theirs by their values.
    pub scan: Folders,
}

/// Runs `plan` and writes its rows into drafts.
pub(in crate::data) fn write(
    started: Arc<Started>,
    plan: &Plan,
    target: &OutsideTarget,
    cancel: &Cancel,
) -> Result<Drafts> {
    let dialect = Arc::clone(plan.dialect());
    let readable = plan.readable();
    let logical = group(plan.logical(), target.target.dynamic.len())?;
    let target = target.clone();
    let mut work = Work::start(started, cancel, move |runner, sender| {
        let written = Writer::new(runner, target, dialect).and_then(|writer| {
            let batches = runner.start(&logical, Some(&readable))?;
            writer.write(batches)
        });
        // If the receiver is gone the drafts are dropped, and with them their files.
        drop(sender.send(written));
        Ok(())
    })?;
    match work.wait() {
        Some(drafts) => drafts,
        None => Err(Error::new(Code::Internal, "the query engine failed")),
    }
}

struct Writer<'a> {
    runner: &'a Runner,
    target: WriteTarget,
    scan: Folders,
    external: Arc<External>,
    dialect: Arc<Dialect>,
    /// For each column of the files, where its values come from.
    sources: Vec<(Column, Option<usize>)>,
    schema: Arc<Schema>,
    drafts: Drafts,
    open: Option<(PartitionSpec, Sink)>,
    files: usize,
    memory: MemoryReservation,
}

/// A file that is being written.
enum Sink {
    Text { file: File, output: Box<Output>, text: Vec<u8> },
    Json(LineDelimitedWriter<File>),
    Parquet(Box<ArrowWriter<File>>),
}

impl<'a> Writer<'a> {
    fn new(runner: &'a Runner, OutsideTarget { target, scan }: OutsideTarget, dialect: Arc<Dialect>) -> Result<Self> {
        let Some(external) = target.table.external.clone() else {
            return Err(Error::new(Code::Internal, "the table is not an external one"));
        };
        let columns = &target.table.columns;
        if external.format == ExternalFormat::Json
            && let Some(column) = columns.iter().find(|column| column.data_type == crate::model::DataType::Binary)
        {
            let message = format!("not supported: column `{}` of a JSON file, which is binary", column.name);
            return Err(Error::new(Code::Unsupported, message).help("write its text: `base64(…)` or `hex(…)`"));
        }
        let source = |column: &Column| target.columns.iter().position(|id| *id == column.id);
        let sources: Vec<_> = columns.iter().map(|column| (column.clone(), source(column))).collect();
        let fields: Vec<FieldRef> = types::to_fields(columns);
        let memory = MemoryConsumer::new("file outside").register(&runner.started.environment.memory_pool);
        Ok(Self {
            runner,
            external,
            dialect,
            sources,
            schema: Arc::new(Schema::new(fields)),
            drafts: Drafts::new(scan.clone(), runner.started.runtime.clone(), runner.started.options.data.clone()),
            open: None,
            files: 0,
            memory,
            target,
            scan,
        })
    }

    fn write(mut self, mut batches: crate::data::run::Batches<'_>) -> Result<Drafts> {
        // A table without partitions, or one partition, that gets no rows is written to all the same.
        if self.target.dynamic.is_empty() {
            let partition = PartitionSpec(self.target.fixed.clone());
            let location = self.location(&partition);
            self.drafts.prepare(&partition, &location)?;
        }
        while let Some(batch) = batches.next()? {
            if batch.num_columns() != self.target.columns.len() + self.target.dynamic.len() {
                return Err(Error::new(Code::Internal, "the result has other columns than the table needs"));
            }
            let rows = self.stored(&batch)?;
            for (partition, range) in ranges((&batch, &rows), &self.target, &self.dialect)? {
                self.append(partition, &rows.slice(range.start, range.len()))?;
            }
        }
        self.close()?;
        Ok(self.drafts)
    }

    /// The rows as the columns of the files hold them.
    fn stored(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let arrays = self.sources.iter().map(|(column, source)| {
            convert::column(source.and_then(|at| batch.columns().get(at)), column, batch.num_rows(), &self.dialect)
        });
        let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|error| failure(error.into()))
    }

    /// The folder of a partition.
    fn location(&self, partition: &PartitionSpec) -> Location {
        let known = self.scan.parts.iter().find(|(spec, _)| spec == partition);
        known.map_or_else(|| self.external.location.of_partition(partition), |(_, location)| location.clone())
    }

    fn append(&mut self, partition: PartitionSpec, rows: &RecordBatch) -> Result<()> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != partition) {
            self.close()?;
            let sink = self.begin(&partition)?;
            self.open = Some((partition, sink));
        }
        let Some((_, sink)) = &mut self.open else { return Ok(()) };
        match sink {
            Sink::Text { file, output, text } => {
                output.rows(rows, text)?;
                if text.len() >= PIECE {
                    file.write_all(text).map_err(|error| unwritable(&error))?;
                    text.clear();
                }
                Ok(())
            }
            Sink::Json(writer) => writer.write(rows).map_err(unwritten),
            Sink::Parquet(writer) => {
                writer.write(rows).map_err(unwritten)?;
                if self.memory.try_resize(writer.memory_size()).is_err() {
                    writer.flush().map_err(unwritten)?;
                    self.memory.try_resize(writer.memory_size()).map_err(failure)?;
                }
                Ok(())
            }
        }
    }

    fn begin(&mut self, partition: &PartitionSpec) -> Result<Sink> {
        self.files += 1;
        if self.files > PARTITIONS {
            return Err(Error::new(
                Code::Execution,
                format!("a statement may write to at most {PARTITIONS} partitions"),
            )
            .help("split the statement with `where` on the partition columns"));
        }
        let format = self.external.format;
        let name = format!("{NAME}{}-{}.{}", self.target.prefix, self.files, format.extension());
        let location = self.location(partition);
        let file = self.drafts.begin(partition, &location, &name)?;
        match self.external.text_layout()? {
            Some(layout) => {
                let mut output = Box::new(Output::new(TextFormat::of(&layout, &self.dialect.zone)?));
                let mut text = Vec::new();
                if layout.header {
                    let names: Vec<String> = self.sources.iter().map(|(column, _)| column.name.clone()).collect();
                    output.header(&names, &mut text);
                }
                Ok(Sink::Text { file, output, text })
            }
            None if format == ExternalFormat::Json => Ok(Sink::Json(LineDelimitedWriter::new(file))),
            None => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_max_row_group_bytes(Some(file::row_group(self.runner.started.memory_limit)))
                    .build();
                let writer = ArrowWriter::try_new(file, Arc::clone(&self.schema), Some(properties));
                Ok(Sink::Parquet(Box::new(writer.map_err(|error| failure(error.into()))?)))
            }
        }
    }

    /// Ends the file that is open, and waits until the disk has it.
    fn close(&mut self) -> Result<()> {
        let Some((_, sink)) = self.open.take() else { return Ok(()) };
        let file = match sink {
            Sink::Text { mut file, output, text } => {
                file.write_all(&text).map_err(|error| unwritable(&error))?;
                self.drafts.ambiguous += output.losses().ambiguous;
                file
            }
            Sink::Json(mut writer) => {
                writer.finish().map_err(unwritten)?;
                writer.into_inner()
            }
            Sink::Parquet(writer) => writer.into_inner().map_err(unwritten)?,
        };
        self.memory.resize(0);
        file.sync_all().map_err(|error| unwritable(&error))
    }
}

/// What the names of files begin with that statements write.
pub(super) const NAME: &str = "part-";

fn unwritten<E>(_: E) -> Box<Error> {
    Error::new(Code::File, "a file of the location cannot be written")
        .help("check the free space of the disk that holds it")
}
