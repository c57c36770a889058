//! The rows of a text file, piece by piece.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use memchr::memrchr;

use super::place::Input;
use crate::data::delimited::{Converter, Delimiters, Piece, TextFormat};
use crate::error::{Code, Error, Result};
use crate::model::{Table, TextLayout, Zone};

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;
/// Longest record, in bytes.
const LONGEST: usize = 64 << 20;

/// Cuts a text at the ends of its records.
pub(super) struct Pieces {
    input: Input,
    delimiters: Delimiters,
    text: Vec<u8>,
    lines: u64,
    first: bool,
    ended: bool,
}

impl Pieces {
    /// Begins at the start of a file; records end with lines.
    pub fn new(input: Input, delimiter: &str, quoted: bool) -> Self {
        let delimiters =
            Delimiters { field: delimiter.as_bytes().to_vec(), record: b"\n".to_vec(), quoted, guessed: false };
        Self { input, delimiters, text: Vec::new(), lines: 0, first: true, ended: false }
    }

    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// The file cannot be read, or has a record without end.
    pub async fn next(&mut self) -> Result<Option<Piece>> {
        let mut wanted = PIECE;
        loop {
            self.fill(wanted).await?;
            let end = if self.ended { self.text.len() } else { self.last_end() };
            if end > 0 {
                return Ok(Some(self.hand_over(end)));
            }
            if self.ended {
                return Ok(None);
            }
            if wanted >= LONGEST {
                let message = format!("a record of the location is longer than {} MB", LONGEST >> 20);
                return Err(Error::new(Code::Execution, message)
                    .help("look for a quote that is not closed, and check the format of the table"));
            }
            wanted *= 2;
        }
    }

    async fn fill(&mut self, wanted: usize) -> Result<()> {
        let begins = self.first && self.text.is_empty();
        let missing = wanted.saturating_sub(self.text.len());
        if self.ended || missing == 0 {
            return Ok(());
        }
        let read = self.input.read(missing).await?;
        self.ended = read.len() < missing;
        self.text.extend_from_slice(&read);
        if begins && self.text.starts_with("\u{feff}".as_bytes()) {
            self.text.drain(..3);
        }
        Ok(())
    }

    /// Where the last whole record ends.
    fn last_end(&self) -> usize {
        if !(self.delimiters.quoted && self.text.contains(&b'"')) {
            return memrchr(b'\n', &self.text).map_or(0, |at| at + 1);
        }
        let (mut end, mut fields) = (0, Vec::new());
        while end < self.text.len() {
            let found = self.delimiters.record(&self.text, end, &mut fields);
            if !found.ended {
                break;
            }
            end = found.next;
        }
        end
    }

    fn hand_over(&mut self, end: usize) -> Piece {
        let rest = self.text.split_off(end);
        let text = std::mem::replace(&mut self.text, rest);
        let (first, lines) = (std::mem::take(&mut self.first), self.lines);
        self.lines += memchr::memchr_iter(b'\n', &text).count() as u64;
        Piece { text, lines, first }
    }
}

/// The rows of a file whose fields are delimited.
pub(super) struct Records {
    pieces: Pieces,
    converter: Converter,
}

impl Records {
    /// Of this file, as the columns of `table` hold them.
    ///
    /// # Errors
    /// A column of a type that text files do not hold.
    pub fn new(input: Input, table: &Table, layout: &TextLayout, zone: &Zone) -> Result<Self> {
        let format = Arc::new(TextFormat::of(layout, zone)?);
        let converter = Converter::new(table, format, true)?.passing_over_empty_lines(layout.skips_empty);
        Ok(Self { pieces: Pieces::new(input, &layout.delimiter, layout.quoted), converter })
    }

    /// The next rows; nothing at the end.
    ///
    /// # Errors
    /// A record that does not fit the columns; its values are not quoted (FLW-10).
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(piece) = self.pieces.next().await? else { return Ok(None) };
        let converted = self.converter.convert(&piece, &self.pieces.delimiters, 1)?;
        match converted.bad.first() {
            None => Ok(Some(converted.rows)),
            Some(bad) => {
                let message =
                    format!("line {} of a file of the location does not fit the table: {}", bad.line, bad.reason);
                Err(Error::new(Code::Execution, message).help("check the columns of the table, and its delimiter"))
            }
        }
    }
}
