//! Group commit: statements of a script that only change the state are committed together, a savepoint each.
//!
//! An outcome is shown only after its statement is committed. A group ends before a statement of any other kind, at an
//! error, and after a short time limit, because other shells are waiting.

use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::reading::Stopped;
use super::session::Session;
use crate::command::{self, Outcome};
use crate::error::{Error, Result};
use crate::store::{Batch, Durability, Store, Write};
use crate::syntax::{Piece, Statement};

/// Most statements that are committed together.
const STATEMENTS: u32 = 500;
/// Maximum time a group blocks other writers, not counting its last statement.
const TIME: Duration = Duration::from_millis(20);
/// The pause for other shells before the next group; they retry every millisecond.
const PAUSE: Duration = Duration::from_millis(1);

/// The executed but uncommitted statements of a session.
pub(super) struct Group {
    batch: Batch,
    durable: Durability,
    /// Whether the running statement and the next one may be committed together.
    goes_on: bool,
    began: Cell<Duration>,
}

impl Group {
    pub fn new(store: Arc<Store>, durable: Durability) -> Self {
        Self { batch: Batch::new(store), durable, goes_on: false, began: Cell::new(Duration::ZERO) }
    }

    /// Whether there are executed but uncommitted statements.
    pub fn is_open(&self) -> bool {
        self.batch.pending() > 0
    }

    /// Commits the group if `statement` cannot join it: only members of the group see its uncommitted changes.
    pub fn settle_before(&self, statement: &Statement) -> Result<()> {
        match command::only_changes(statement) && !command::is_bound_first(statement) {
            true => Ok(()),
            false => self.settle(),
        }
    }

    /// Commits the group.
    pub fn settle(&self) -> Result<()> {
        self.batch.settle()
    }

    /// The transaction of the next statement.
    pub fn write(&self) -> Result<Write<'_>> {
        self.batch.write()
    }

    /// Commits an executed statement, immediately or together with the statements that follow. `now` is monotonic.
    pub fn commit(&self, write: Write<'_>, now: Duration) -> Result<()> {
        if !self.goes_on {
            return write.commit();
        }
        if self.batch.pending() == 0 {
            self.began.set(now);
        }
        if self.batch.pending() < STATEMENTS && now.saturating_sub(self.began.get()) < TIME {
            return write.commit_later();
        }
        write.commit()?;
        thread::sleep(PAUSE);
        Ok(())
    }
}

impl Session {
    /// Announces the current statement and the next one. Script runners call this before each statement.
    pub fn announce(&mut self, now: &Piece, next: Option<&Piece>) {
        let joins = |piece: &Piece| command::only_changes(&piece.statement);
        self.group.goes_on = self.group.durable == Durability::AtEnd && joins(now) && next.is_some_and(joins);
    }

    /// Shows what a statement gave, and what those before it gave, as soon as all are committed.
    pub(super) fn give<E>(
        &mut self,
        outcome: Outcome,
        show: &mut dyn FnMut(&mut Self, Outcome) -> Result<(), E>,
    ) -> Result<(), Stopped<E>> {
        self.held.push(outcome);
        if self.group.is_open() { Ok(()) } else { self.show_held(show) }
    }

    fn show_held<E>(&mut self, show: &mut dyn FnMut(&mut Self, Outcome) -> Result<(), E>) -> Result<(), Stopped<E>> {
        let held = std::mem::take(&mut self.held);
        held.into_iter().try_for_each(|outcome| show(self, outcome)).map_err(|error| Stopped { error, file: None })
    }

    /// Ends a script at an error: the statements before it are committed and shown. If they cannot be, the error says so.
    pub(super) fn stop<E: From<Box<Error>>>(
        &mut self,
        mut error: Box<Error>,
        show: &mut dyn FnMut(&mut Self, Outcome) -> Result<(), E>,
    ) -> Stopped<E> {
        self.group.goes_on = false;
        let settled = self.group.settle();
        let lost = self.group.batch.take_lost();
        if lost > 0 || settled.is_err() {
            self.held.clear();
        }
        if lost > 0 {
            let why = settled.err().map(|failed| format!(" ({})", failed.message)).unwrap_or_default();
            let help = error.help.take().map(|help| format!("; {help}")).unwrap_or_default();
            error.help = Some(format!("the {lost} preceding statements were rolled back too{why}{help}"));
        }
        self.show_held(show).err().unwrap_or_else(|| error.into())
    }
}
