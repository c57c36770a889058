use std::cell::{Cell, RefCell};
use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::batch::Batch;
use super::cache::Cache;
use super::encryption::KeyKeeper;
use super::pool::Taken;
use crate::error::{Error, Result};

/// A connection to the state, with what it caches between transactions.
#[derive(Debug)]
pub(super) struct Link {
    pub connection: Connection,
    pub cache: Cache,
    /// The batch whose transaction it holds between two statements ([`Batch`]).
    reserved: Cell<Option<u64>>,
    /// When its commits are on disk.
    synchronous: Cell<Synchronous>,
}

/// When the commits of a connection are on disk. Source: SQLite's `pragma synchronous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Synchronous {
    /// When they are done.
    Full,
    /// With the next commit that is, or [`Store::sync`](crate::store::Store::sync); in order.
    Normal,
}

impl Link {
    pub fn new(connection: Connection) -> Result<Self> {
        connection.execute_batch("pragma synchronous = normal")?;
        let (cache, reserved) = (Cache::default(), Cell::new(None));
        Ok(Self { connection, cache, reserved, synchronous: Cell::new(Synchronous::Normal) })
    }

    /// Whether it holds the transaction of a batch.
    pub fn is_reserved(&self) -> bool {
        self.reserved.get().is_some()
    }

    /// Sets when commits are on disk; outside a transaction.
    pub fn synchronous(&self, when: Synchronous) -> Result<()> {
        if self.synchronous.get() != when {
            self.connection.execute_batch(match when {
                Synchronous::Full => "pragma synchronous = full",
                Synchronous::Normal => "pragma synchronous = normal",
            })?;
            self.synchronous.set(when);
        }
        Ok(())
    }
}

/// One consistent view of the state.
pub struct Snapshot<'s> {
    taken: Taken<'s>,
    open: Cell<Unfinished>,
    /// Why data that a statement needs cannot be decrypted, found while it was bound.
    locked: RefCell<Option<Box<Error>>>,
}

/// What is rolled back when a snapshot is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfinished {
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
    /// The statements that may be committed together with it.
    batch: Option<&'s Batch>,
}

impl<'s> Snapshot<'s> {
    pub(super) fn begin(taken: Taken<'s>) -> Result<Self> {
        Self::begin_as(taken, "begin deferred")
    }

    fn begin_as(taken: Taken<'s>, begin: &str) -> Result<Self> {
        taken.link.connection.prepare_cached(begin)?.execute([])?;
        let snapshot = Self { taken, open: Cell::new(Unfinished::Transaction), locked: RefCell::default() };
        snapshot.cache().begin(snapshot.connection())?;
        Ok(snapshot)
    }

    /// The transaction that a batch left open; `None` if SQLite rolled it back.
    pub(super) fn resume(taken: Taken<'s>, batch: u64) -> Option<Self> {
        if taken.link.reserved.get() != Some(batch) {
            return None;
        }
        if taken.link.connection.is_autocommit() {
            // Cached values may include changes that were rolled back.
            taken.link.cache.forget();
            taken.link.reserved.set(None);
            return None;
        }
        Some(Self { taken, open: Cell::new(Unfinished::Transaction), locked: RefCell::default() })
    }

    /// The same, of which only this is rolled back when it is dropped.
    pub(super) fn until(self, open: Unfinished) -> Self {
        self.open.set(open);
        self
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.taken.link.connection
    }

    pub(super) fn key_keeper(&self) -> Option<&dyn KeyKeeper> {
        self.taken.key_keeper.get().map(AsRef::as_ref)
    }

    /// Notes why data cannot be decrypted; the first reason counts.
    pub(super) fn note_locked(&self, why: Box<Error>) {
        self.locked.borrow_mut().get_or_insert(why);
    }

    /// Why data that was asked for since the last call cannot be decrypted: an error of whoever is allowed to read it.
    pub fn take_locked(&self) -> Option<Box<Error>> {
        self.locked.borrow_mut().take()
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.taken.link.cache
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

    /// Commits its transaction.
    pub(super) fn commit(self) -> Result<()> {
        self.cache().end();
        // What cannot be committed is rolled back when this is dropped.
        self.connection().prepare_cached("commit")?.execute([])?;
        self.taken.link.reserved.set(None);
        self.open.set(Unfinished::Nothing);
        Ok(())
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let end = match self.open.get() {
            Unfinished::Nothing => return,
            Unfinished::Transaction => "rollback",
            Unfinished::Savepoint => "rollback to statement; release statement;",
        };
        self.cache().end();
        if self.connection().is_autocommit() {
            // SQLite itself took everything back, with the statements before this one.
            self.cache().forget();
            self.taken.link.reserved.set(None);
            return;
        }
        // If the rollback fails, SQLite's recovery discards the changes.
        let _ = self.connection().execute_batch(end);
        if self.open.get() == Unfinished::Transaction {
            self.taken.link.reserved.set(None);
        }
    }
}

impl<'s> Write<'s> {
    pub(super) fn begin(taken: Taken<'s>) -> Result<Self> {
        // Immediate: a late upgrade of a read transaction would ignore the busy timeout.
        Ok(Self::of(Snapshot::begin_as(taken, "begin immediate")?, None))
    }

    pub(super) fn of(snapshot: Snapshot<'s>, batch: Option<&'s Batch>) -> Self {
        Self { snapshot, batch }
    }

    pub(super) fn into_snapshot(self) -> Snapshot<'s> {
        self.snapshot
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

    /// Commits the change and the pending statements before it.
    pub fn commit(self) -> Result<()> {
        let Self { snapshot, batch } = self;
        let Some(batch) = batch else { return snapshot.commit() };
        let before = batch.pending();
        batch.ended();
        // The current statement reports its own failure.
        snapshot.until(Unfinished::Transaction).commit().inspect_err(|_| batch.lose(before))
    }

    /// The change is committed with the statements that follow: by [`Write::commit`] of one of them, or [`Batch::settle`]. Outside a batch,
    /// at once.
    pub fn commit_later(self) -> Result<()> {
        let Self { snapshot, batch } = self;
        let Some(batch) = batch else { return snapshot.commit() };
        if snapshot.open.get() == Unfinished::Savepoint {
            snapshot.connection().prepare_cached("release statement")?.execute([])?;
        }
        snapshot.cache().end();
        snapshot.open.set(Unfinished::Nothing);
        snapshot.taken.link.reserved.set(Some(batch.id()));
        batch.hold(snapshot.taken.slot);
        Ok(())
    }
}

impl<'s> Deref for Write<'s> {
    type Target = Snapshot<'s>;

    fn deref(&self) -> &Self::Target {
        &self.snapshot
    }
}
