//! Files outside of the state as tables (EXT-1): their rows, and how rows become files there.
//!
//! Nothing is opened before a plan runs. What is asked of a place depends on the statement alone: a scan takes no filters, those least of all
//! that the engine makes of rows (`exec.rs`).

mod answers;
mod bucket;
mod catalogue;
mod draft;
mod exec;
mod folder;
mod json;
mod parquet;
mod partitions;
mod place;
mod provider;
mod records;
mod write;

use std::fs::File;
use std::path::Path;

pub(super) use self::catalogue::tables;
pub use self::draft::Drafts;
pub(super) use self::exec::ExternalExec;
pub(super) use self::partitions::partitions;
pub use self::provider::{ExternalTable, plan_of};
pub use self::write::OutsideTarget;
pub(super) use self::write::write;
use crate::error::Result;
use crate::model::{Location, PartitionSpec, Principal};

/// What of the machine is not outside (FLW-11).
pub trait Outside: std::fmt::Debug + Send + Sync {
    /// Whether a path leads to a file or folder of the state.
    fn holds(&self, path: &Path) -> bool;
    /// Whether a path is the folder that the state's own files are in: what is written there lies beside them.
    fn is_home(&self, folder: &Path) -> bool;
    /// Whether an open file is one of the state's.
    fn holds_open(&self, file: &File) -> bool;
    /// The AccessKey of an external data source of a tenant: id and secret.
    ///
    /// # Errors
    /// There is none, or it is not kept as a secret.
    fn credentials(&self, tenant: &Principal, server: &str) -> Result<(String, String)>;
}

/// By what a store is reached.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Whether a network connection was named: only by one are private networks reached (EXT-2).
    pub by_connection: bool,
    /// The external data source that has the credentials, and its tenant.
    pub server: Option<(Principal, String)>,
}

/// The folders that hold the rows of an external table.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The folder of each partition; one without values of a table that has none.
    pub parts: Vec<(PartitionSpec, Location)>,
    /// The folder of the table, as its owner named it.
    pub table: Location,
    /// The locations that are allowed; none where the project does not control them (EXT-2).
    pub allowed: Option<Vec<Location>>,
    /// By what stores are reached.
    pub reach: Reach,
    /// What is not outside.
    pub outside: std::sync::Arc<dyn Outside>,
}
