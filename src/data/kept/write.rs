use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::execution::memory_pool::MemoryConsumer;

use super::{schema, stored};
use crate::cipher::DataKey;
use crate::data::engine::Started;
use crate::data::failure::failure;
use crate::data::write::convert;
use crate::data::write::file::{FileWriter, sync_folder};
use crate::error::Result;
use crate::model::{Column, Dialect, KeptRows, Lost, PartitionSpec, ResultColumn};

/// Where a result may be kept, and up to which size.
#[derive(Debug, Clone)]
pub struct Keep {
    /// The file is called `<prefix>-0.parquet`, if there is one.
    pub prefix: String,
    /// Up to so many bytes stay out of files.
    pub small: usize,
    /// More bytes are not kept.
    pub limit: u64,
    /// What encrypts it, if rows of encrypted projects are in it.
    pub key: Option<DataKey>,
}

/// What became of a result that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is there, with so many rows.
    Rows(u64, KeptRows),
    /// It is not.
    Lost(Lost),
}

/// Keeps what passes. Dropped before its end, it leaves nothing.
pub(in crate::data) struct Keeper {
    keep: Keep,
    started: Arc<Started>,
    columns: Vec<Column>,
    /// No value is converted, so any will do.
    dialect: Arc<Dialect>,
    schema: Arc<Schema>,
    rows: u64,
    place: Place,
}

enum Place {
    Memory(StreamWriter<Vec<u8>>),
    File(FileWriter, PathBuf),
    Nowhere(Lost),
}

impl Keeper {
    pub fn new(keep: Keep, columns: &[ResultColumn], started: Arc<Started>) -> Self {
        let columns = stored(columns);
        let schema = schema(&columns);
        let place = match StreamWriter::try_new(Vec::new(), &schema) {
            Ok(writer) => Place::Memory(writer),
            Err(_) => Place::Nowhere(Lost::Disk),
        };
        Self { keep, started, columns, dialect: Arc::default(), schema, rows: 0, place }
    }

    /// Whether it still keeps anything.
    pub fn keeps(&self) -> bool {
        !matches!(self.place, Place::Nowhere(_))
    }

    /// Adds rows; where they cannot be kept, nothing is.
    pub fn add(&mut self, batch: &RecordBatch) {
        if let Err(lost) = self.try_add(batch) {
            self.lose(lost);
        }
    }

    /// What was kept.
    pub fn end(mut self) -> Kept {
        let place = std::mem::replace(&mut self.place, Place::Nowhere(Lost::Disk));
        let content = match place {
            Place::Memory(mut writer) => {
                writer.finish().and_then(|()| writer.into_inner()).map(KeptRows::Small).map_err(|_| Lost::Disk)
            }
            Place::File(writer, path) => {
                let file = writer.finish(PartitionSpec::default());
                let synced = file.and_then(|file| sync_folder(&self.started.options.data).map(|()| file));
                synced.map(KeptRows::File).map_err(|_| {
                    // The instance still announces it: the next sweep removes it.
                    drop(std::fs::remove_file(path));
                    Lost::Disk
                })
            }
            Place::Nowhere(lost) => Err(lost),
        };
        content.map_or_else(Kept::Lost, |content| Kept::Rows(self.rows, content))
    }

    fn try_add(&mut self, batch: &RecordBatch) -> Result<(), Lost> {
        if !self.keeps() {
            return Ok(());
        }
        let rows = self.stored(batch).map_err(|_| Lost::Disk)?;
        self.rows += rows.num_rows() as u64;
        match &mut self.place {
            Place::Memory(writer) => {
                writer.write(&rows).map_err(|_| Lost::Disk)?;
                if writer.get_ref().len() > self.keep.small {
                    self.outgrow()?;
                }
            }
            Place::File(writer, _) => writer.append(&rows).map_err(|_| Lost::Disk)?,
            Place::Nowhere(_) => {}
        }
        match &self.place {
            Place::File(writer, _) if writer.size() > self.keep.limit => Err(Lost::Size),
            _ => Ok(()),
        }
    }

    /// The rows as they are kept.
    fn stored(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let arrays = self.columns.iter().zip(batch.columns());
        let arrays =
            arrays.map(|(column, array)| convert::column(Some(array), column, batch.num_rows(), &self.dialect));
        let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|error| failure(error.into()))
    }

    /// Goes on in a file, with what was held in memory so far.
    fn outgrow(&mut self) -> Result<(), Lost> {
        let Place::Memory(mut writer) = std::mem::replace(&mut self.place, Place::Nowhere(Lost::Disk)) else {
            return Ok(());
        };
        let bytes = writer.finish().and_then(|()| writer.into_inner()).map_err(|_| Lost::Disk)?;
        let name = format!("{}-0.parquet", self.keep.prefix);
        let path = self.started.options.data.join(&name);
        let pool = self.started.pool();
        let memory = MemoryConsumer::new("result").register(&pool);
        let limit = self.started.memory_limit;
        let file = FileWriter::create(name, &path, &self.schema, (memory, limit), self.keep.key.as_ref())
            .map_err(|_| Lost::Disk)?;
        self.place = Place::File(file, path);
        let Place::File(file, _) = &mut self.place else { return Ok(()) };
        for rows in StreamReader::try_new(bytes.as_slice(), None).map_err(|_| Lost::Disk)? {
            file.append(&rows.map_err(|_| Lost::Disk)?).map_err(|_| Lost::Disk)?;
        }
        Ok(())
    }

    fn lose(&mut self, why: Lost) {
        if let Place::File(_, path) = std::mem::replace(&mut self.place, Place::Nowhere(why)) {
            // The instance still announces it: the next sweep removes it.
            drop(std::fs::remove_file(path));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.lose(Lost::Reader);
    }
}
