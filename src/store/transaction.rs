use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::error::Result;

/// One consistent view of the state.
pub struct Snapshot<'s> {
    connection: &'s Connection,
}

/// One change of the state: everything in it is committed, or nothing. What a snapshot answers, it answers too.
pub struct Write<'s> {
    snapshot: Snapshot<'s>,
}

impl<'s> Snapshot<'s> {
    pub(super) fn begin(connection: &'s Connection) -> Result<Self> {
        connection.execute_batch("begin deferred")?;
        Ok(Self { connection })
    }

    pub(super) fn connection(&self) -> &'s Connection {
        self.connection
    }

    /// The only row of a query, or none.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, map).optional()?)
    }

    /// All rows of a query.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, map)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        if !self.connection.is_autocommit() {
            // What was not committed is meant to go; a failure here leaves it to SQLite's recovery.
            let _ = self.connection.execute_batch("rollback");
        }
    }
}

impl<'s> Write<'s> {
    pub(super) fn begin(connection: &'s Connection) -> Result<Self> {
        // Immediate: a late upgrade of a read transaction would ignore the busy timeout.
        connection.execute_batch("begin immediate")?;
        Ok(Self { snapshot: Snapshot { connection } })
    }

    /// Runs one statement; the number of rows that it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.connection().prepare_cached(sql)?.execute(params)?)
    }

    /// The number of the row that was inserted last.
    pub(super) fn last_id(&self) -> i64 {
        self.connection().last_insert_rowid()
    }

    /// Makes the change last.
    pub fn commit(self) -> Result<()> {
        Ok(self.connection().execute_batch("commit")?)
    }
}

impl<'s> Deref for Write<'s> {
    type Target = Snapshot<'s>;

    fn deref(&self) -> &Self::Target {
        &self.snapshot
    }
}
