//! The rows of a Parquet file, whose columns are found by their names.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderBuilder, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::arrow::async_reader::{
    AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder,
};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use object_store::path::Path;

use super::bucket::Bucket;
use super::place::Input;
use crate::data::failure::failure;
use crate::data::types;
use crate::data::write::convert;
use crate::error::{Code, Error, Result};
use crate::model::{Column, DataType, Dialect, Table};

/// Rows that are handed over at once.
const ROWS: usize = 4096;

/// Reads a file of this machine, or an object.
enum Reader {
    File(ParquetRecordBatchReader),
    Object(Box<ParquetRecordBatchStream<Object>>),
}

pub(super) struct Rows {
    reader: Reader,
    /// Each column of the table, and where the file has it.
    columns: Vec<(Column, Option<usize>)>,
    schema: SchemaRef,
    dialect: Arc<Dialect>,
}

impl Rows {
    /// Of this file, as the columns of `table` hold them; `wanted` are their places, the others are NULL.
    ///
    /// # Errors
    /// What is no Parquet file.
    pub async fn new(input: Input, table: &Table, wanted: &[usize], dialect: &Arc<Dialect>) -> Result<Self> {
        // What another program says of its own types is not asked.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let (reader, columns) = match input {
            Input::File(file) => {
                let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(damaged)?;
                let (builder, columns) = chosen(builder, table, wanted);
                (Reader::File(builder.build().map_err(damaged)?), columns)
            }
            Input::Object { bucket, path, bytes, .. } => {
                let reader = Object { bucket, path, bytes };
                let builder = ParquetRecordBatchStreamBuilder::new_with_options(reader, options).await;
                let (builder, columns) = chosen(builder.map_err(damaged)?, table, wanted);
                (Reader::Object(Box::new(builder.build().map_err(damaged)?)), columns)
            }
        };
        let fields: Vec<FieldRef> = types::to_fields(&table.columns);
        Ok(Self { reader, columns, schema: Arc::new(Schema::new(fields)), dialect: Arc::clone(dialect) })
    }

    /// The next rows; nothing at the end.
    ///
    /// # Errors
    /// A damaged file; a value that does not fit its column.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let batch = match &mut self.reader {
            Reader::File(reader) => reader.next().transpose().map_err(|error| damaged(error.into()))?,
            Reader::Object(reader) => reader.try_next().await.map_err(damaged)?,
        };
        let Some(batch) = batch else { return Ok(None) };
        let rows = batch.num_rows();
        let arrays = self.columns.iter().map(|(column, found)| {
            convert::column(found.and_then(|at| batch.columns().get(at)), column, rows, &self.dialect)
        });
        let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map(Some).map_err(|error| failure(error.into()))
    }
}

/// The columns that a file has: names and types.
///
/// # Errors
/// What is no Parquet file.
pub async fn columns(input: Input) -> Result<Vec<(String, DataType)>> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let schema = match input {
        Input::File(file) => {
            let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(damaged)?;
            Arc::clone(builder.schema())
        }
        Input::Object { bucket, path, bytes, .. } => {
            let reader = Object { bucket, path, bytes };
            let builder = ParquetRecordBatchStreamBuilder::new_with_options(reader, options).await.map_err(damaged)?;
            Arc::clone(builder.schema())
        }
    };
    Ok(schema.fields().iter().map(|field| (field.name().clone(), types::from_field(field))).collect())
}

/// Each column of a table, and where the reader gives it.
type Columns = Vec<(Column, Option<usize>)>;

/// A reader of the columns at these places of the table, as far as the file has them.
fn chosen<T>(builder: ArrowReaderBuilder<T>, table: &Table, wanted: &[usize]) -> (ArrowReaderBuilder<T>, Columns) {
    let fields = builder.schema().fields().clone();
    let mut roots: Vec<usize> = Vec::new();
    let mut columns = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        let found = fields.iter().position(|field| field.name().eq_ignore_ascii_case(&column.name));
        let found = found.filter(|_| wanted.contains(&place));
        if let Some(root) = found.filter(|root| !roots.contains(root)) {
            roots.push(root);
        }
        columns.push((column.clone(), found));
    }
    roots.sort_unstable();
    // The reader gives the chosen columns in the order of the file.
    for (_, found) in &mut columns {
        *found = found.and_then(|root| roots.iter().position(|chosen| *chosen == root));
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    (builder.with_projection(mask).with_batch_size(ROWS), columns)
}

fn damaged(error: ParquetError) -> Box<Error> {
    if let ParquetError::External(inner) = error
        && let Ok(ours) = inner.downcast::<Error>()
    {
        return ours;
    }
    Error::new(Code::Execution, "a file of the location is not a Parquet file that can be read")
        .help("check the format of the table, and what else is in the folder")
}

/// The bytes of an object.
struct Object {
    bucket: Bucket,
    path: Path,
    bytes: u64,
}

type Parquet<T> = std::result::Result<T, ParquetError>;

impl AsyncFileReader for Object {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Parquet<Bytes>> {
        Box::pin(async move {
            let read = self.bucket.read(&self.path, range).await;
            read.map(Bytes::from).map_err(|error| ParquetError::External(error))
        })
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Parquet<Arc<ParquetMetaData>>> {
        let bytes = self.bytes;
        Box::pin(async move { ParquetMetaDataReader::new().load_and_finish(self, bytes).await.map(Arc::new) })
    }
}
