use rusqlite::{Connection, OpenFlags};

use super::open::StatePath;
use crate::error::Result;

/// A second look at a state, for the thread that watches whether a job is to stop. Only reads.
#[derive(Debug)]
pub struct Observer {
    connection: Connection,
}

impl Observer {
    /// Opens a state in a file; a state in memory is visible to its process only.
    pub fn open(path: &StatePath) -> Result<Option<Self>> {
        let StatePath::File(file) = path else { return Ok(None) };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
        Ok(Some(Self { connection: Connection::open_with_flags(file, flags)? }))
    }

    /// Whether some shell asked for a job to be stopped.
    pub fn is_killed(&self, instance: i64) -> Result<bool> {
        let mut statement = self.connection.prepare_cached("select killed from instance_object where id = ?1")?;
        let mut rows = statement.query([instance])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or_default())
    }
}
