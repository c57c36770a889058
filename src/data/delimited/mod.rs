//! Text files of delimited records: into the columns of a table, and out of the rows of a plan.
//!
//! Everything streams: memory does not grow with the files. Nothing is decided here, and no name is looked up: paths and
//! tables are arguments. Fields are found as bytes and converted straight into columns; numbers, times and text are exact.
//!
//! Chosen: no library splits these files, because the client's delimiters have any length, its NULL has any spelling, and a
//! bad record is one record, told with its line, and not the end of the file.

mod charset;
mod convert;
mod download;
mod format;
mod look;
mod moment;
mod output;
mod pattern;
mod record;
mod source;
mod times;
mod upload;
mod value;

pub use download::{DownloadTask, Downloaded, Downloading, OpenFile, Slices};
pub use format::TextFormat;
pub use look::{Found, TextFile, look};
pub use upload::{Block, UploadEvent, UploadTask, Uploading};

pub(super) use convert::Converter;
pub(super) use download::start as start_download;
pub(super) use output::Output;
pub(super) use record::Delimiters;
pub(super) use source::Piece;
pub(super) use upload::start as start_upload;

/// A record that is left out, or that ends an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// The line on which it starts, counted from 1.
    pub line: u64,
    /// The record itself, as far as it is kept.
    pub record: String,
    /// Why, without any of its values (FLW-10).
    pub reason: String,
    /// The same as the client says it, with the value.
    pub shown: String,
}
