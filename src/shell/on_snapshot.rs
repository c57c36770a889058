//! Statements that change nothing of the state: bound, decided and run on one snapshot. The state is locked for their record alone.
//!
//! Nothing is shown, and no file gets its name, if what the decision rests on changed before the record (STG-2).

use super::guard::{Guard, guarded};
use super::instance::{begin_instance, new_instance, status_of, with_id};
use super::pipeline::{Done, Execution, Step};
use super::record::DraftRecord;
use super::refused::{Asked, Refused};
use crate::command::{self, Basis, Bound, Export, Outcome, SessionChange, Work};
use crate::error::{Code, Error, Result};
use crate::model::InstanceStatus;
use crate::security::{Authorisation, Decision, Facts, Requested, Shown, authorise};
use crate::store::{NewInstance, Snapshot, Write};

/// What a statement did, to be committed with its record.
pub(super) enum Seen {
    /// It has an outcome.
    Outcome(Outcome),
    /// It wrote local files, which get their names after the record.
    Export(Export),
    /// The session changes after the record.
    Session(SessionChange),
}

impl Execution<'_> {
    /// Decides a statement and runs it; `None` if what the decision rests on changed before its record could be written.
    pub(super) fn run_on_snapshot(&self, bound: Bound, snapshot: Snapshot<'_>) -> Result<Option<Step>> {
        let record = DraftRecord::new(bound.request(), self.text, self.now()).concealing(self.statement, &snapshot)?;
        let asked = Asked::new(&bound, self.statement, self.caller, self.now());
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
        let guard = || self.guard(&record, &decision, &snapshot);
        let done = work.and_then(|work| self.look(work, &shown, guard, &snapshot));
        drop(snapshot);
        let Some(write) = self.lock_if(&basis)? else { return Ok(None) };
        let instance = new_instance(&request, &record, self.now());
        self.conclude(done, &record, &decision, instance, write).map(Some)
    }

    /// Does what changes nothing of the state.
    pub(super) fn look(
        &self,
        work: Work,
        shown: &Shown,
        guard: impl FnOnce() -> Result<Guard>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Seen> {
        match work {
            Work::Show(show) => show(snapshot, shown).map(Seen::Outcome),
            Work::Export(export) => export(snapshot, shown).map(Seen::Export),
            Work::Stream(show) => {
                let guard = guard()?;
                show(snapshot, &self.service.store).map(|outcome| Seen::Outcome(guarded(outcome, guard)))
            }
            Work::Session(change) => Ok(Seen::Session(change)),
            _ => Err(Error::new(Code::Internal, "a statement that changes the state cannot run on a snapshot")),
        }
    }

    /// Locks the state; `None` if what a decision rests on changed meanwhile.
    fn lock_if(&self, basis: &Basis) -> Result<Option<Write<'_>>> {
        let write = self.group.write()?;
        Ok(basis.holds(&write, self.now())?.then_some(write))
    }

    /// Commits the record of a denial, and then looks for advice: that takes many decisions, for which no other shell waits.
    pub(super) fn refuse(
        &self,
        refusal: Refused,
        asked: &Asked<'_>,
        (record, decision): (&DraftRecord, &Decision),
        basis: &Basis,
        write: Write<'_>,
    ) -> Result<Step> {
        self.service.record(&write, &record.denied(decision, refusal.error()))?;
        write.commit()?;
        let advised = asked.advised(refusal, (&record.request, basis), &self.service.store.read()?)?;
        Ok(Step::Done(advised.into_outcome().map(Done::Outcome)))
    }

    /// Records that a statement was tried and failed. What it had changed is rolled back already.
    pub(super) fn failed(
        &self,
        error: Box<Error>,
        record: &DraftRecord,
        decision: &Decision,
        instance: Option<NewInstance>,
    ) -> Result<Step> {
        let write = self.group.write()?;
        self.service.record(&write, &record.failed(decision, error.code))?;
        if let Some(new) = instance {
            begin_instance(&self.service.world, &write, &new, status_of(&error), Some(&error))?;
        }
        write.commit()?;
        Ok(Step::Done(Err(error)))
    }

    /// Commits a statement that is done, with its record. What a failed one had changed is rolled back; that it was tried is recorded.
    pub(super) fn conclude(
        &self,
        seen: Result<Seen>,
        record: &DraftRecord,
        decision: &Decision,
        instance: Option<NewInstance>,
        write: Write<'_>,
    ) -> Result<Step> {
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => {
                drop(write);
                return self.failed(error, record, decision, instance);
            }
        };
        self.service.record(&write, &record.allowed(decision))?;
        let ran = |new| begin_instance(&self.service.world, &write, &new, InstanceStatus::Success, None);
        let instance = instance.map(ran).transpose()?;
        let outcome = match seen {
            Seen::Outcome(outcome) => {
                // In a script, statements that only change the state are committed together.
                self.group.commit(write, self.service.world.elapsed())?;
                Ok(outcome)
            }
            Seen::Session(change) => {
                write.commit()?;
                return Ok(Step::Done(Ok(Done::Session(change))));
            }
            Seen::Export(Export { draft, outcome }) => {
                write.commit()?;
                draft.keep().map(|()| outcome)
            }
        };
        if let Err(error) = &outcome {
            self.service.audit(&record.failed(decision, error.code))?;
        }
        Ok(Step::Done(outcome.map(|outcome| {
            Done::Outcome(match instance {
                Some((_, id)) => with_id(&id, outcome),
                None => outcome,
            })
        })))
    }
}
