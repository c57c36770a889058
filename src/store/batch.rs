//! Statements of one session that are committed together, a savepoint each.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::open::Store;
use super::transaction::{Snapshot, Unfinished, Write};
use crate::error::Result;

/// The statements of a session that are done and not committed. No other shell can write until they are.
///
/// Their changes are visible only through [`Batch::write`]. Dropping the batch rolls them back; their outcomes have not been shown.
#[derive(Debug)]
pub struct Batch {
    /// Unique within this process.
    id: u64,
    store: Arc<Store>,
    /// The connection that holds their transaction.
    slot: Cell<Option<usize>>,
    pending: Cell<u32>,
    /// Number of statements executed and then rolled back before their commit; see [`Batch::take_lost`].
    lost: Cell<u32>,
}

impl Batch {
    /// An empty batch.
    pub fn new(store: Arc<Store>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            store,
            slot: Cell::new(None),
            pending: Cell::new(0),
            lost: Cell::new(0),
        }
    }

    /// The number of executed but uncommitted statements.
    pub fn pending(&self) -> u32 {
        self.pending.get()
    }

    /// How many executed statements were rolled back instead of committed since the last call.
    pub fn take_lost(&self) -> u32 {
        self.lost.take()
    }

    /// The next change: a savepoint in the transaction of the statements before it, or else a transaction of its own.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write(&self) -> Result<Write<'_>> {
        let snapshot = match self.transaction()? {
            Some(snapshot) => {
                snapshot.connection().prepare_cached("savepoint statement")?.execute([])?;
                snapshot.until(Unfinished::Savepoint)
            }
            None => self.store.write()?.into_snapshot(),
        };
        Ok(Write::of(snapshot, Some(self)))
    }

    /// Commits the pending statements.
    ///
    /// # Errors
    /// None of them was committed.
    pub fn settle(&self) -> Result<()> {
        let before = self.pending();
        match self.transaction()? {
            None => Ok(()),
            Some(snapshot) => {
                self.ended();
                let committed = snapshot.commit();
                if committed.is_err() {
                    self.lost.set(before);
                }
                committed
            }
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Records an executed statement whose transaction stays open on the connection of this slot.
    pub(super) fn hold(&self, slot: usize) {
        self.slot.set(Some(slot));
        self.pending.set(self.pending.get() + 1);
    }

    /// Their transaction ended.
    pub(super) fn ended(&self) {
        self.slot.set(None);
        self.pending.set(0);
    }

    /// Records that pending statements were rolled back because their transaction failed.
    pub(super) fn lose(&self, statements: u32) {
        self.lost.set(statements);
    }

    /// The open transaction. `None` if there is none, or if SQLite rolled it back, as after a full disk.
    fn transaction(&self) -> Result<Option<Snapshot<'_>>> {
        let Some(slot) = self.slot.get() else { return Ok(None) };
        let resumed = self.store.resume(slot, self.id);
        let is_there = self.store.check_is_there();
        if resumed.is_none() || is_there.is_err() {
            self.lost.set(self.pending());
            self.ended();
        }
        // Dropped with an error, the transaction is rolled back.
        is_there.map(|()| resumed)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // Dropped, it is rolled back.
        drop(self.slot.get().and_then(|slot| self.store.resume(slot, self.id)));
    }
}
