//! Uploads, of which a build without SQL runs none.

use super::{Never, TextFile, TextFormat};
use crate::cipher::DataKey;
use crate::model::{DataFile, PartitionSpec, Table};
use crate::syntax::tunnel::Scan;

/// What an upload tells.
pub enum UploadEvent {
    File(usize, Vec<u8>),
    Begun(u64),
    Done(Block),
}

/// A part of the input.
pub struct Block {
    pub number: u64,
    pub source: usize,
    pub next: u64,
    pub lines: u64,
    pub rows: u64,
    pub bad: Vec<BadRecord>,
    pub bad_count: u64,
    pub cut: u64,
    pub files: Vec<DataFile>,
    pub counts: bool,
}

/// A record that is left out.
pub struct BadRecord {
    pub line: u64,
    pub record: String,
    pub reason: String,
    pub shown: String,
}

/// An upload that runs.
pub struct Uploading(pub(super) Never);

/// Text files on their way into a table.
pub struct UploadTask {
    pub table: Table,
    pub partition: PartitionSpec,
    pub format: TextFormat,
    pub files: Vec<(usize, TextFile, u64, u64)>,
    pub block: u64,
    pub first_block: u64,
    pub prefix: String,
    pub scan: Scan,
    pub discard_bad: bool,
    pub max_bad: u64,
    pub known_bad: u64,
    pub strict: bool,
    pub key: Option<DataKey>,
}
