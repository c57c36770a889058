//! Statements that change nothing of the state: bound, decided and run on one snapshot. The state is locked for their record alone.
//!
//! Nothing is shown, and no file gets its name, if what the decision rests on changed before the record (STG-2).

use super::guard::{Guard, guarded};
use super::instance::{status_of, with_id};
use super::pipeline::{Record, Step, audit_failure};
use super::refusal::{Asked, Refusal};
use super::session::Session;
use crate::command::{self, Basis, Bound, Draft, Outcome, SessionChange, Work};
use crate::error::{Code, Error, Result};
use crate::model::InstanceStatus;
use crate::security::{Authorisation, Decision, Facts, Requested, Shown, authorise};
use crate::store::{NewInstance, Snapshot, Write};
use crate::syntax::Statement;

/// What a statement did, to be committed with its record.
pub(super) enum Done {
    /// It has an outcome.
    Outcome(Outcome),
    /// It wrote a local file, which gets its name after the record.
    Export(Box<dyn Draft>),
    /// The session changes after the record.
    Session(SessionChange),
}

impl Session {
    /// Decides a statement and runs it; `None` if what the decision rests on changed before its record could be written.
    pub(super) fn run_on_snapshot(
        &self,
        bound: Bound,
        statement: &Statement,
        text: &str,
        snapshot: Snapshot<'_>,
    ) -> Result<Option<Step>> {
        let record = self.record(bound.request(), text);
        let asked = Asked::new(&bound, statement, &self.caller, self.now());
        let authorised = match authorise(bound, &snapshot as &dyn Facts, self.now())? {
            Authorisation::Allowed(authorised) => authorised,
            Authorisation::Denied(request, decision) => {
                let basis = Basis::of(&record.request, decision.until(), &snapshot)?;
                let refusal = asked.refusal(&request, &decision, &snapshot)?;
                drop(snapshot);
                let Some(write) = self.lock_if(&basis)? else { return Ok(None) };
                return self.refuse(refusal, &asked, (&record, &decision), &basis, write).map(Some);
            }
        };
        let shown = authorised.shown();
        let (work, request, decision) = command::release(authorised);
        let basis = Basis::of(&request, decision.until(), &snapshot)?;
        let guard = || self.guard(statement, &record, &decision, &snapshot);
        let done = work.and_then(|work| self.look(work, &shown, guard, &snapshot));
        drop(snapshot);
        let Some(write) = self.lock_if(&basis)? else { return Ok(None) };
        let instance = self.new_instance(&request, &record.base.statement);
        self.conclude(done, &record, &decision, instance, write).map(Some)
    }

    /// Does what changes nothing of the state.
    pub(super) fn look(
        &self,
        work: Work,
        shown: &Shown,
        guard: impl FnOnce() -> Result<Guard>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Done> {
        match work {
            Work::Show(show) => show(snapshot, shown).map(Done::Outcome),
            Work::Export(export) => export(snapshot).map(Done::Export),
            Work::Stream(show) => {
                let guard = guard()?;
                show(snapshot, &self.store).map(|outcome| Done::Outcome(guarded(outcome, guard, &self.store)))
            }
            Work::Session(change) => Ok(Done::Session(change)),
            _ => Err(Error::new(Code::Internal, "a statement that changes the state cannot run on a snapshot")),
        }
    }

    /// Locks the state; `None` if what a decision rests on changed meanwhile.
    fn lock_if(&self, basis: &Basis) -> Result<Option<Write<'_>>> {
        let write = self.store.write()?;
        Ok(basis.holds(&write, self.now())?.then_some(write))
    }

    /// Commits the record of a denial, and then looks for advice: that takes many decisions, for which no other shell waits.
    pub(super) fn refuse(
        &self,
        refusal: Refusal,
        asked: &Asked<'_>,
        (record, decision): (&Record, &Decision),
        basis: &Basis,
        write: Write<'_>,
    ) -> Result<Step> {
        write.audit(&record.denied(decision, refusal.error()))?;
        write.commit()?;
        let advised = asked.advised(refusal, (&record.request, basis), &self.store.read()?)?;
        Ok(Step::Done(advised.into_outcome()))
    }

    /// Commits a statement that is done, with its record. What a failed one had changed is rolled back; that it was tried is recorded.
    pub(super) fn conclude(
        &self,
        done: Result<Done>,
        record: &Record,
        decision: &Decision,
        instance: Option<NewInstance>,
        write: Write<'_>,
    ) -> Result<Step> {
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                drop(write);
                let write = self.store.write()?;
                write.audit(&record.failed(decision, error.code))?;
                if let Some(new) = instance {
                    self.begin(&write, &new, status_of(&error), Some(&error))?;
                }
                write.commit()?;
                return Ok(Step::Done(Err(error)));
            }
        };
        write.audit(&record.allowed(decision))?;
        let ran = |new| self.begin(&write, &new, InstanceStatus::Success, None);
        let instance = instance.map(ran).transpose()?;
        let outcome = match done {
            Done::Outcome(outcome) => {
                // In a script, statements that only change the state are committed together.
                self.commit(write)?;
                Ok(outcome)
            }
            Done::Session(change) => {
                write.commit()?;
                return Ok(Step::Session(change));
            }
            Done::Export(draft) => {
                write.commit()?;
                draft.keep().map(|()| Outcome::ok())
            }
        };
        if let Err(error) = &outcome {
            audit_failure(&self.store, &record.failed(decision, error.code))?;
        }
        Ok(Step::Done(outcome.map(|outcome| match instance {
            Some((_, id)) => with_id(&id, outcome),
            None => outcome,
        })))
    }
}
