//! One data file: written once, checked by its checksum, on disk before anyone hears of it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crc32fast::Hasher;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType as Arrow, Schema};
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::schema::types::ColumnPath;

use crate::cipher::DataKey;
use crate::data::encryption;
use crate::data::failure::failure;
use crate::data::functions::one_nan::rows_with_one_nan;
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, FileKey, PartitionSpec};

/// Largest part of a file that is held in memory, in bytes.
const ROW_GROUP: u64 = 32 << 20;

/// Most rows of such a part. Chosen by measuring (`benches/tpch.sh`): parts are what threads share, and what dictionaries and statistics are for.
const GROUP_ROWS: usize = 120 << 10;

/// A file that is being written.
pub(in crate::data) struct FileWriter {
    name: String,
    writer: ArrowWriter<Checked>,
    memory: MemoryReservation,
    /// Bytes that stay reserved while the file needs less.
    least: usize,
    rows: u64,
    /// In an encrypted project, what encrypts it.
    key: Option<FileKey>,
}

/// Whether values of this type are packed by their encoding: compression as well would save a third, and cost that much time of each reading.
fn is_packed(data_type: &Arrow) -> bool {
    data_type.is_numeric() || data_type.is_temporal() || *data_type == Arrow::Boolean
}

/// Bytes of a file that are held in memory within this limit of the whole process.
pub(in crate::data) fn row_group(limit: u64) -> usize {
    usize::try_from(ROW_GROUP.min(limit / 32).max(1 << 20)).unwrap_or(usize::MAX)
}

impl FileWriter {
    /// A new file; one of that name must not be there. `limit` is the memory of the whole process, in bytes.
    pub(in crate::data) fn create(
        name: String,
        path: &Path,
        schema: &Arc<Schema>,
        (memory, limit): (MemoryReservation, u64),
        key: Option<&DataKey>,
    ) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // The folder is private; its files are too, wherever they are moved.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(unwritable)?;
        let row_group = row_group(limit);
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_bytes(Some(row_group))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_dictionary_page_size_limit(128 << 10);
        for field in schema.fields().iter().filter(|field| is_packed(field.data_type())) {
            properties =
                properties.set_column_compression(ColumnPath::from(field.name().as_str()), Compression::UNCOMPRESSED);
        }
        let key = key.map(|key| key.file_key(&name).ok_or_else(|| encryption::failed("no key"))).transpose()?;
        if let Some(key) = &key {
            properties = properties.with_file_encryption_properties(encryption::encrypting(&name, key)?);
        }
        let properties = properties.build();
        let checked = Checked { file, hasher: Hasher::new(), bytes: 0 };
        let writer = ArrowWriter::try_new(checked, Arc::clone(schema), Some(properties))
            .map_err(|error| failure(error.into()))?;
        let least = memory.size();
        Ok(Self { name, writer, memory, least, rows: 0, key })
    }

    /// Adds rows.
    pub(in crate::data) fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        self.writer.write(&rows_with_one_nan(rows).map_err(failure)?).map_err(written)?;
        self.rows += rows.num_rows() as u64;
        if self.memory.try_resize(self.writer.memory_size().max(self.least)).is_err() {
            // Rows held back go to disk before more memory is requested.
            self.writer.flush().map_err(written)?;
            self.memory.try_resize(self.writer.memory_size().max(self.least)).map_err(failure)?;
        }
        Ok(())
    }

    /// Bytes so far, those included that are held back.
    pub(in crate::data) fn size(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    /// The memory that was reserved, for the next file.
    pub(in crate::data) fn room(&mut self) -> MemoryReservation {
        self.memory.take()
    }

    /// Ends the file and waits until the disk has it.
    pub(in crate::data) fn finish(self, partition: PartitionSpec) -> Result<DataFile> {
        let checked = self.writer.into_inner().map_err(written)?;
        checked.file.sync_all().map_err(unwritable)?;
        Ok(DataFile {
            name: self.name,
            partition,
            rows: self.rows,
            bytes: checked.bytes,
            checksum: checked.hasher.finalize(),
            key: self.key,
        })
    }
}

/// Waits until the disk knows the names of new files.
pub(in crate::data) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)
}

/// A file that counts and checks what goes through.
struct Checked {
    file: File,
    hasher: Hasher,
    bytes: u64,
}

impl Write for Checked {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.file.write(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or(buffer));
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn unwritable(error: io::Error) -> Box<Error> {
    let why = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "the folder may not be written to",
        io::ErrorKind::AlreadyExists => "one of that name is there already",
        _ => "the disk reports an error",
    };
    Error::new(Code::File, format!("a data file cannot be written: {why}"))
}

fn written(error: datafusion::parquet::errors::ParquetError) -> Box<Error> {
    match error {
        datafusion::parquet::errors::ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => unwritable(*error),
            Err(_) => Error::new(Code::File, "a data file cannot be written"),
        },
        _ => Error::new(Code::File, "a data file cannot be written"),
    }
}
