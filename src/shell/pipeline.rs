//! The life of a statement: bind → decide → run → commit. Every statement passes through this file. Read-only statements then run on a
//! snapshot (`on_snapshot.rs`); work that continues after the decision is in `long_work.rs`.

use std::sync::Arc;

use super::caller::{Caller, How};
use super::group::Group;
use super::guard::Guard;
use super::instance::new_instance;
use super::long_work::{Allowed, Continuation, LongWork};
use super::record::{DraftRecord, is_about_rows};
use super::refused::Asked;
use super::service::Service;
use crate::command::{self, Basis, Bound, Outcome, SessionChange, Work};
use crate::error::{Error, Result};
use crate::model::Time;
use crate::security::{Authorisation, Authorised, Decision, Facts, Requested, authorise};
use crate::store::{Lease, Snapshot, Write};
use crate::syntax::Statement;
use crate::text::without_values;

/// How often a statement is bound again because its objects changed in the meantime.
const ATTEMPTS: usize = 5;

/// The result of a statement.
pub(super) enum Done {
    /// Output to show.
    Outcome(Outcome),
    /// A change to the session, applied by the caller.
    Session(SessionChange),
}

/// The result of the part of a statement that runs under the lock.
pub(super) enum Step {
    /// It is done.
    Done(Result<Done>),
    /// Work remains, to be done without a lock.
    Continue(Continuation),
}

/// One execution of a statement.
#[derive(Clone, Copy)]
pub(super) struct Execution<'e> {
    pub service: &'e Arc<Service>,
    pub caller: &'e Caller,
    pub statement: &'e Statement,
    /// The statement text for the audit log.
    pub text: &'e str,
    /// The group of preceding statements that are not yet committed.
    pub group: &'e Group,
}

impl<'e> Execution<'e> {
    /// Runs the statement.
    ///
    /// # Errors
    /// The statement is refused or fails; in either case nothing was changed.
    pub fn run(&self) -> Result<Done> {
        self.group.settle_before(self.statement)?;
        if matches!(self.statement, Statement::Instance(_)) {
            // Ends the jobs of terminated processes and deletes expired results before they are looked up.
            self.service.sweep()?;
        }
        // Files that the manifest names stay until the rows are read: the lease comes before the manifest is looked at.
        let reads = command::touches_rows(self.statement);
        let lease = reads.then(|| Lease::take(&self.service.store)).transpose()?;
        let mut attempts = 0;
        let step = loop {
            attempts += 1;
            if let Some(step) = self.attempt(attempts >= ATTEMPTS, lease.as_ref())? {
                break step;
            }
        };
        match step {
            Step::Continue(work) => work(self, lease),
            Step::Done(done) => {
                drop(lease);
                // No sweep inside a group: its statements do not touch data files.
                if !self.group.is_open() {
                    self.service.tidy();
                }
                done
            }
        }
    }

    /// The time that the statement sees.
    pub fn now(&self) -> Time {
        self.service.now(self.caller)
    }

    /// Binds a statement, decides it, and does what it does while the state is locked. The last attempt binds under the lock, so
    /// that shells which keep changing a project do not keep others from reading it; before it, nothing comes back where what the
    /// names stand for changed meanwhile.
    fn attempt(&self, is_last: bool, lease: Option<&Lease>) -> Result<Option<Step>> {
        let how = How { seed: self.service.world.random()?, ..How::at(self.now()) };
        // What may take long is bound before the lock is taken, and what its names stand for is compared under it (STG-2).
        let bound = if command::is_bound_first(self.statement) && !is_last {
            let snapshot = self.service.store.read()?;
            match self.caller.bind(self.statement, &how, &snapshot) {
                Ok(bound) if bound.changes_nothing() => return self.run_on_snapshot(bound, snapshot),
                Ok(bound) => Some(bound.pinned(&snapshot)?),
                Err(error) => {
                    drop(snapshot);
                    return self.unbound(error).map(Some);
                }
            }
        } else {
            None
        };
        let write = self.group.write()?;
        let bound = match bound {
            Some(bound) if bound.moved(&write, self.now())? => return Ok(None),
            Some(bound) => bound,
            // The wait for the lock may have been long: use the current time.
            None => match self.caller.bind(self.statement, &How { now: self.now(), ..how }, &write) {
                Ok(bound) => bound,
                Err(error) => {
                    drop(write);
                    return self.unbound(error).map(Some);
                }
            },
        };
        let record = DraftRecord::new(bound.request(), self.text, self.now()).concealing(self.statement, &write)?;
        let asked = Asked::new(&bound, self.statement, self.caller, self.now());
        match authorise(bound, &*write as &dyn Facts, self.now())? {
            Authorisation::Denied(request, decision) => {
                let refusal = asked.refusal(&request, &decision, &write)?;
                let basis = Basis::of(&record.request, decision.until(), &write)?;
                self.refuse(refusal, &asked, (&record, &decision), &basis, write).map(Some)
            }
            Authorisation::Allowed(authorised) => self.run_allowed(authorised, record, lease, write).map(Some),
        }
    }

    /// Does what was allowed.
    fn run_allowed(
        &self,
        authorised: Authorised<Bound>,
        record: DraftRecord,
        lease: Option<&Lease>,
        write: Write<'_>,
    ) -> Result<Step> {
        let shown = authorised.shown();
        let (work, request, decision) = command::release(authorised);
        let instance = new_instance(&request, &record, self.now());
        let long = |work: Box<dyn LongWork>, write| {
            let allowed = Allowed {
                execution: self,
                decision: decision.clone(),
                record: record.clone(),
                instance: instance.clone(),
                lease,
            };
            match work.begin(allowed, write) {
                Ok(rest) => Ok(Step::Continue(rest)),
                Err(error) => self.failed(error, &record, &decision, instance.clone()),
            }
        };
        let done = match work {
            Err(error) => Err(error),
            Ok(work @ (Work::Show(_) | Work::Export(_) | Work::Stream(_) | Work::Session(_))) => {
                let guard = || self.guard(&record, &decision, &write);
                self.look(work, &shown, guard, &write)
            }
            Ok(Work::Change(change)) => change(&write, self.now()).map(super::on_snapshot::Seen::Outcome),
            Ok(Work::Store(file)) => return long(file, write),
            Ok(Work::Look(look)) => return long(Box::new(look), write),
            Ok(Work::Await(awaited)) => return long(Box::new(awaited), write),
            Ok(Work::Query(query)) => return long(Box::new(query), write),
            Ok(Work::Job(job)) => return long(Box::new(job), write),
            Ok(Work::Upload(upload)) => return long(upload, write),
            Ok(Work::Download(download)) => return long(download, write),
        };
        self.conclude(done, &record, &decision, instance, write)
    }

    /// Watches a statement that continues after this decision.
    pub fn guard(&self, record: &DraftRecord, decision: &Decision, snapshot: &Snapshot<'_>) -> Result<Guard> {
        let mut record = record.clone();
        record.allow(decision);
        Guard::new(self, record, decision, snapshot)
    }

    /// Records a statement that could not be bound, and so was never decided.
    fn unbound(&self, error: Box<Error>) -> Result<Step> {
        let mut record = DraftRecord::unbound(self.caller, self.text, self.now(), error.code);
        let write = self.group.write()?;
        // What it is about is not known.
        if is_about_rows(self.statement) && write.has_encrypted_projects()? {
            record.statement = without_values(&record.statement);
        }
        self.service.record(&write, &record)?;
        write.commit()?;
        Ok(Step::Done(Err(error)))
    }
}
