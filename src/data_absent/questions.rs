//! What is asked without a query: whether a table or a partition exists, whether a text fits a pattern, what is at a path.

use std::path::{Path, PathBuf};

use super::without_sql;
use crate::error::{Error, Result};
use crate::text::Span;

/// A question for a table or a partition.
#[derive(Clone)]
pub struct Probe {
    pub qualifier: Option<String>,
    pub name: String,
    pub partition: Option<Vec<String>>,
    pub span: Span,
}

/// Whether a text fits a regular expression.
pub fn fits_pattern(_: &str, _: &str) -> Result<bool> {
    Err(without_sql())
}

/// A file that is uploaded.
#[derive(Clone, PartialEq, Eq)]
pub struct TextFile {
    pub path: PathBuf,
    pub bytes: u64,
    pub modified: i64,
}

impl TextFile {
    pub fn changed(&self) -> Box<Error> {
        without_sql()
    }
}

/// What is at a path.
#[derive(Default)]
pub struct Found {
    pub files: Vec<TextFile>,
    pub left_out: Vec<String>,
    pub links: Vec<(String, PathBuf)>,
}

/// What is at a path.
pub fn look(_: &Path) -> Result<Found> {
    Err(without_sql())
}
