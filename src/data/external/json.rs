//! The rows of a file with a JSON object on each line.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::arrow::json::ReaderBuilder;
use datafusion::arrow::json::reader::Decoder;

use super::place::Input;
use super::records::Pieces;
use crate::data::failure::failure;
use crate::data::types;
use crate::error::{Code, Error, Result};
use crate::model::{DataType, Table};

/// Rows that are handed over at once.
const ROWS: usize = 4096;

/// Deepest nesting of a value: the engine's reader goes into each level by a call of its own. Chosen.
const DEPTH: usize = 100;

pub(super) struct Lines {
    pieces: Pieces,
    decoder: Decoder,
    /// What is left of the piece that is being read.
    text: Vec<u8>,
    at: usize,
}

impl Lines {
    /// Of this file, as the columns of `table` hold them; fields without a column are passed over.
    ///
    /// # Errors
    /// A column of a type that JSON does not hold.
    pub fn new(input: Input, table: &Table) -> Result<Self> {
        let fields: Vec<FieldRef> = types::to_fields(&table.columns);
        if let Some(column) = table.columns.iter().find(|column| column.data_type == DataType::Binary) {
            return Err(Error::new(
                Code::Unsupported,
                format!("not supported: column `{}` of a JSON file, which is binary", column.name),
            )
            .help("make it a string"));
        }
        let decoder = ReaderBuilder::new(Arc::new(Schema::new(fields)))
            .with_batch_size(ROWS)
            .build_decoder()
            .map_err(|error| failure(error.into()))?;
        Ok(Self { pieces: Pieces::new(input, "\u{1}", false), decoder, text: Vec::new(), at: 0 })
    }

    /// The next rows; nothing at the end.
    ///
    /// # Errors
    /// What is not JSON, or does not fit the columns; values are not quoted (FLW-10).
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let wrong = |_| {
            Error::new(Code::Execution, "a line of a JSON file of the location does not fit the table")
                .help("every line is one object, whose fields have the names and types of the columns")
        };
        loop {
            if self.at >= self.text.len() {
                let Some(piece) = self.pieces.next().await? else { return Ok(None) };
                if is_too_deep(&piece.text) {
                    return Err(Error::new(
                        Code::Execution,
                        format!("a line of a JSON file of the location is nested deeper than {DEPTH} levels"),
                    )
                    .help("leave the file out of the location"));
                }
                (self.text, self.at) = (piece.text, 0);
            }
            let read = self.decoder.decode(self.text.get(self.at..).unwrap_or_default()).map_err(wrong)?;
            self.at += read;
            // Pieces end with lines: so does what was decoded.
            if let Some(rows) = self.decoder.flush().map_err(wrong)?.filter(|rows| rows.num_rows() > 0) {
                return Ok(Some(rows));
            }
            if read == 0 && self.at < self.text.len() {
                return Err(Error::new(Code::Internal, "a JSON file is not read on"));
            }
        }
    }
}

/// Whether whole lines of JSON have a value that is nested deeper than [`DEPTH`]; what is no JSON is told apart by the reader.
pub(super) fn is_too_deep(text: &[u8]) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return true;
        }
    }
    false
}
