use std::cell::Cell;
use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::cache::Cache;
use crate::error::Result;

/// A connection to the state, with what it caches between transactions.
#[derive(Debug)]
pub(super) struct Link {
    pub connection: Connection,
    pub cache: Cache,
    /// Number of statements executed whose commit is pending.
    grouped: Cell<u32>,
    /// Number of statements executed and then rolled back before their commit; see [`Link::take_lost`].
    lost: Cell<u32>,
}

/// One consistent view of the state.
pub struct Snapshot<'s> {
    link: &'s Link,
    open: Cell<Open>,
}

/// What is rolled back when a snapshot is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Nothing: it is committed, or will be with the statements that follow.
    Nothing,
    /// The transaction.
    Transaction,
    /// The changes of this statement, not those of preceding statements whose commit is pending.
    Savepoint,
}

/// One change of the state: everything in it is committed, or nothing. What a snapshot answers, it answers too.
pub struct Write<'s> {
    snapshot: Snapshot<'s>,
}

impl<'s> Snapshot<'s> {
    pub(super) fn begin(link: &'s Link) -> Result<Self> {
        link.connection.prepare_cached("begin deferred")?.execute([])?;
        let snapshot = Self { link, open: Cell::new(Open::Transaction) };
        link.cache.begin(&link.connection)?;
        Ok(snapshot)
    }

    pub(super) fn connection(&self) -> &'s Connection {
        &self.link.connection
    }

    pub(super) fn cache(&self) -> &'s Cache {
        &self.link.cache
    }

    /// The only row of a query, or of a change that returns it; or none.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        if !sql.starts_with("select") {
            self.cache().change(sql);
        }
        Ok(self.connection().prepare_cached(sql)?.query_row(params, map).optional()?)
    }

    /// All rows of a query.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection().prepare_cached(sql)?;
        let rows = statement.query_map(params, map)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let end = match self.open.get() {
            Open::Nothing => return,
            Open::Transaction => "rollback",
            Open::Savepoint => "rollback to statement; release statement;",
        };
        self.cache().end();
        if !self.connection().is_autocommit() {
            // What was not committed is meant to go; a failure here leaves it to SQLite's recovery.
            let _ = self.connection().execute_batch(end);
        } else {
            // SQLite itself took everything back, with the statements before this one.
            self.cache().forget();
        }
    }
}

impl<'s> Write<'s> {
    pub(super) fn begin(link: &'s Link) -> Result<Self> {
        let write = |open| Self { snapshot: Snapshot { link, open: Cell::new(open) } };
        if link.grouped.get() > 0 && !link.was_taken_back() {
            link.connection.prepare_cached("savepoint statement")?.execute([])?;
            return Ok(write(Open::Savepoint));
        }
        // Immediate: a late upgrade of a read transaction would ignore the busy timeout.
        link.connection.prepare_cached("begin immediate")?.execute([])?;
        let write = write(Open::Transaction);
        link.cache.begin(&link.connection)?;
        Ok(write)
    }

    /// Runs one statement; the number of rows that it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.cache().change(sql);
        Ok(self.connection().prepare_cached(sql)?.execute(params)?)
    }

    /// The number of the row that was inserted last.
    pub(super) fn last_id(&self) -> i64 {
        self.connection().last_insert_rowid()
    }

    /// Makes the change last, and the statements before it whose commit was still to come.
    pub fn commit(self) -> Result<()> {
        let (link, before) = (self.link, self.link.grouped.get());
        self.commit_later()?;
        // This one tells itself that it failed.
        link.settle().inspect_err(|_| link.lost.set(before))
    }

    /// The change is committed with the statements that follow: by [`Write::commit`] of one of them, or [`Store::settle`](crate::store::Store::settle).
    pub fn commit_later(self) -> Result<()> {
        if self.open.get() == Open::Savepoint {
            self.connection().prepare_cached("release statement")?.execute([])?;
        }
        self.open.set(Open::Nothing);
        self.cache().end();
        self.link.grouped.set(self.link.grouped.get() + 1);
        Ok(())
    }
}

impl Link {
    pub fn new(connection: Connection) -> Self {
        Self { connection, cache: Cache::default(), grouped: Cell::new(0), lost: Cell::new(0) }
    }

    /// How many statements are done whose commit is still to come.
    pub fn grouped(&self) -> u32 {
        self.grouped.get()
    }

    /// How many executed statements were rolled back instead of committed since the last call.
    pub fn take_lost(&self) -> u32 {
        self.lost.take()
    }

    /// Commits the statements whose commit is still to come.
    ///
    /// # Errors
    /// None of them was committed.
    pub fn settle(&self) -> Result<()> {
        if self.grouped.get() == 0 || self.was_taken_back() {
            return Ok(());
        }
        let committed = self.connection.prepare_cached("commit").and_then(|mut commit| commit.execute([]));
        if committed.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("rollback");
        }
        if committed.is_err() {
            self.was_taken_back();
        }
        self.grouped.set(0);
        committed?;
        Ok(())
    }

    /// Whether the statements whose commit is still to come are gone: some failures, such as a full disk, take all of them back.
    fn was_taken_back(&self) -> bool {
        let gone = self.connection.is_autocommit();
        if gone {
            // What later ones of them were told rests on earlier ones.
            self.cache.forget();
            self.lost.set(self.grouped.replace(0));
        }
        gone
    }
}

impl<'s> Deref for Write<'s> {
    type Target = Snapshot<'s>;

    fn deref(&self) -> &Self::Target {
        &self.snapshot
    }
}
