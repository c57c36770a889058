//! What a confined process is made of.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the two inner roles are told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Spec {
    /// The program, as the sandbox sees it.
    pub program: PathBuf,
    /// What loads it.
    pub loader: Option<PathBuf>,
    /// Its arguments, its own name first.
    pub arguments: Vec<String>,
    /// All that it sees of the machine.
    pub places: Vec<Place>,
    pub limits: Limits,
}

/// A file or folder, and where the sandbox sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub from: PathBuf,
    pub to: PathBuf,
}

/// What a confined process may use at most.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Limits {
    /// Bytes of address space.
    pub memory: u64,
    /// Seconds of processor time, all calls together.
    pub seconds: u64,
}

/// Why nothing was run.
#[derive(Debug)]
pub(super) struct Failure {
    what: &'static str,
    why: String,
}

impl Failure {
    pub fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, why: why.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Names the step that failed.
pub(super) trait Step<T> {
    fn step(self, what: &'static str) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Step<T> for Result<T, E> {
    fn step(self, what: &'static str) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(what, error.to_string()))
    }
}
