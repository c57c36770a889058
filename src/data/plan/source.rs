//! What stands behind a relation of a query.

use std::sync::Arc;

use super::Plan;
use crate::data::external::Folders;
use crate::model::{DataFile, Listed, Table};

/// What stands behind a relation.
#[derive(Debug, Clone)]
pub enum Source {
    /// A table with the files that make it up.
    Table {
        /// The table.
        table: Table,
        /// Its data, as far as the query may need it.
        files: Vec<DataFile>,
    },
    /// An external table with the folders that hold its rows.
    External {
        /// The table.
        table: Table,
        /// Its folders.
        scan: Folders,
    },
    /// A view with the plan of its query, planned for its owner.
    View {
        /// The view, with its columns.
        table: Table,
        /// Its query.
        body: Arc<Plan>,
    },
    /// Rows that are no table's.
    Listed {
        /// Their columns.
        table: Table,
        /// Where they are put in before the plan runs.
        rows: Listed,
    },
}

impl Source {
    /// The table or view itself.
    pub fn table(&self) -> &Table {
        match self {
            Self::Table { table, .. }
            | Self::External { table, .. }
            | Self::View { table, .. }
            | Self::Listed { table, .. } => table,
        }
    }
}
