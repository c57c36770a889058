//! Statements that send rows in chunks, or take effect at their end, are decided again when the basis of their decision changed (STG-2, FLW-12).

use std::rc::Rc;
use std::sync::Arc;

use super::caller::{Caller, How};
use super::pipeline::Execution;
use super::record::DraftRecord;
use super::refused::{Asked, Refused, help};
use super::service::Service;
use crate::command::{self, Basis, Chunk, Item, Outcome, Work};
use crate::error::{Code, Error, Result};
use crate::model::Time;
use crate::security::{Authorisation, Decision, Facts, Request, authorise};
use crate::store::{Snapshot, Write};
use crate::syntax::Statement;

/// A statement that was allowed and has not ended.
pub(super) struct Guard {
    pub service: Arc<Service>,
    pub caller: Caller,
    pub statement: Statement,
    pub record: DraftRecord,
    basis: Basis,
    /// Most rows that may be shown: the least that any decision so far allowed (FLW-8).
    row_limit: Option<u64>,
    /// The request that a later decision denied, and the basis of that denial.
    denied: Option<(Request, Basis)>,
}

impl Guard {
    /// Guards a statement that was allowed by `decision`, made on `snapshot`.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn new(
        execution: &Execution<'_>,
        record: DraftRecord,
        decision: &Decision,
        snapshot: &Snapshot<'_>,
    ) -> Result<Self> {
        let basis = Basis::of(&record.request, decision.until(), snapshot)?;
        let service = Arc::clone(execution.service);
        let (caller, statement) = (execution.caller.clone(), execution.statement.clone());
        Ok(Self { service, caller, statement, record, basis, row_limit: decision.row_limit(), denied: None })
    }

    /// The time that the statement sees.
    pub fn now(&self) -> Time {
        self.service.now(&self.caller)
    }

    /// Most rows that may be shown by now.
    pub fn row_limit(&self) -> Option<u64> {
        self.row_limit
    }

    /// Whether the next chunk may be sent: a comparison of versions if nothing changed, else a new decision.
    ///
    /// # Errors
    /// The statement is no longer allowed, or its names now refer to other objects.
    pub fn check(&mut self) -> Result<()> {
        let now = self.now();
        let service = Arc::clone(&self.service);
        let snapshot = service.store.read()?;
        if self.basis.holds(&snapshot, now)? {
            return Ok(());
        }
        self.decide_again(&snapshot).map(drop)
    }

    /// Binds and decides the statement again, on the current state: its names must still refer to the objects that were decided.
    ///
    /// # Errors
    /// As [`Guard::check`]; a denial has no advice yet.
    pub fn decide(&mut self, snapshot: &Snapshot<'_>) -> Result<Decision> {
        self.decide_again(snapshot).map(|(decision, _)| decision)
    }

    /// The same, with the work as it is bound by now.
    fn decide_again(&mut self, snapshot: &Snapshot<'_>) -> Result<(Decision, Work)> {
        let now = self.now();
        let again = self.caller.bind(&self.statement, &How::at(now), snapshot)?;
        let asked = Asked::new(&again, &self.statement, &self.caller, now);
        let authorised = match authorise(again, snapshot as &dyn Facts, now)? {
            Authorisation::Allowed(authorised) => authorised,
            Authorisation::Denied(request, decision) => {
                self.record.deny(&decision);
                let refusal = asked.refusal(&request, &decision, snapshot)?;
                if matches!(refusal, Refused::Denied(_)) {
                    let basis = Basis::of(&request, decision.until(), snapshot)?;
                    self.denied = Some((request, basis));
                }
                return Err(refusal.into_error().unwrap_or_else(changed));
            }
        };
        let (work, request, decision) = command::release(authorised);
        let work = work?;
        if !goes_on(&work) || request != self.record.request {
            return Err(changed());
        }
        self.basis = Basis::of(&self.record.request, decision.until(), snapshot)?;
        self.row_limit = self.row_limit.into_iter().chain(decision.row_limit()).min();
        Ok((decision, work))
    }

    /// Decides the statement again, then commits `change` and the audit record in one transaction (STG-2). `change` gets the work as it was bound
    /// in that transaction.
    ///
    /// # Errors
    /// As [`Guard::check`], and those of `change`.
    pub fn commit<T>(&mut self, change: impl FnOnce(&Write<'_>, Work) -> Result<T>) -> Result<T> {
        let service = Arc::clone(&self.service);
        let write = service.store.write()?;
        let (decision, work) = self.decide_again(&write)?;
        let done = change(&write, work)?;
        service.record(&write, &self.record.allowed(&decision))?;
        write.commit()?;
        Ok(done)
    }

    /// Adds advice to `error` if it is a denial. Finding advice takes several decisions: call without holding a lock.
    pub fn advised(&mut self, mut error: Box<Error>) -> Box<Error> {
        let Some((request, basis)) = self.denied.take() else { return error };
        let found = self
            .service
            .store
            .read()
            .and_then(|snapshot| help(&self.statement, (&self.caller, self.now()), (&request, &basis), &snapshot));
        // If advice cannot be computed, report the denial without it.
        error.help = found.ok().flatten().or(error.help);
        error
    }
}

/// Whether the work continues after the decision.
fn goes_on(work: &Work) -> bool {
    match work {
        Work::Stream(_)
        | Work::Store(_)
        | Work::Look(_)
        | Work::Query(_)
        | Work::Job(_)
        | Work::Upload(_)
        | Work::Download(_) => true,
        Work::Show(_) | Work::Export(_) | Work::Change(_) | Work::Session(_) | Work::Await(_) => false,
    }
}

fn changed() -> Box<Error> {
    Error::new(Code::Semantic, "an object of the statement changed while it ran").help("run it again")
}

/// Wraps the outcome so that its rows end with an error once the statement is no longer allowed.
pub(super) fn guarded(outcome: Outcome, guard: Guard) -> Outcome {
    let guard = Rc::new(std::cell::RefCell::new(guard));
    let item = |item: Item| match item {
        Item::Rows(mut rows) => {
            rows.chunks = Box::new(Guarded { chunks: Some(rows.chunks), guard: Rc::clone(&guard) });
            Item::Rows(rows)
        }
        other => other,
    };
    Outcome { items: outcome.items.into_iter().map(item).collect() }
}

/// Chunks that are checked one by one.
struct Guarded {
    /// `None` after a chunk was refused.
    chunks: Option<Box<dyn Iterator<Item = Result<Chunk>>>>,
    guard: Rc<std::cell::RefCell<Guard>>,
}

impl Iterator for Guarded {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.chunks.as_mut()?.next()?;
        let mut guard = self.guard.borrow_mut();
        if let Err(error) = guard.check() {
            self.chunks = None;
            let error = guard.advised(error);
            return Some(Err(guard.service.audited(&guard.record.ended(&error), error)));
        }
        Some(chunk)
    }
}
