//! The life of a statement: bind → decide → run → commit. Nothing goes around this file; what changes nothing of the state takes the same
//! way on a snapshot (`on_snapshot.rs`).

use super::caller::How;
use super::guard::Guard;
use super::on_snapshot::Done;
use super::refusal::Asked;
use super::session::Session;
use crate::command::{self, Await, Basis, Bound, Outcome, SessionChange, Then, Work};
use crate::error::{Code, Error, Result};
#[cfg(feature = "sql")]
use crate::model::InstanceStatus;
use crate::security::{Authorisation, Authorised, Decision, Facts, Request, Requested, Requirement, authorise};
use crate::store::{AuditRecord, Snapshot, Store, Write};
use crate::syntax::{Statement, session};

/// How often a statement is bound again because its objects changed in the meantime.
const ATTEMPTS: usize = 5;

/// What became of a statement while the state was locked.
pub(super) enum Step {
    /// It is done.
    Done(Result<Outcome>),
    /// The session changes.
    Session(command::SessionChange),
    /// A local file is stored, without any lock, and becomes part of the state after a second decision.
    Store(Box<super::storing::ReadyFile>),
    /// Another shell's job must end first, without any lock.
    Await(Box<Await>),
    /// Rows are read, without any lock.
    #[cfg(feature = "sql")]
    Query(Box<super::shown::ReadyQuery>),
    /// Rows are written to files, without any lock, and committed after a second decision.
    #[cfg(feature = "sql")]
    Job(Box<super::rows::RunningJob>),
    /// Text files go into a table, without any lock, and are committed after a second decision.
    #[cfg(feature = "sql")]
    Upload(Box<super::transfer::ReadyUpload>),
    /// Rows go into a text file, without any lock; it gets its name after a second decision.
    #[cfg(feature = "sql")]
    Download(Box<super::transfer::ReadyDownload>),
}

impl Session {
    /// Runs a statement that is decided. `text` is what the audit keeps of it.
    pub(super) fn execute(&mut self, statement: &Statement, text: &str) -> Result<Outcome> {
        match self.execute_on_state(statement, text) {
            // Whoever leaves needs no state.
            Err(error)
                if error.code == Code::StateFile
                    && matches!(statement, Statement::Session(session::Statement::Quit)) =>
            {
                self.apply(SessionChange::Quit)
            }
            outcome => outcome,
        }
    }

    fn execute_on_state(&mut self, statement: &Statement, text: &str) -> Result<Outcome> {
        if matches!(statement, Statement::Instance(_)) {
            // A shell that is gone did not end its jobs, and a result whose time is over is not there any more.
            self.store.sweep(self.world.now())?;
        }
        // Files that the manifest names stay until the rows are read: the lease comes before the manifest is looked at.
        #[cfg(feature = "sql")]
        let lease = command::touches_rows(statement)
            .then(|| crate::store::Lease::shared(self.store.data_folder()))
            .transpose()?;
        let mut attempts = 0;
        let step = loop {
            attempts += 1;
            if let Some(step) = self.attempt(statement, text, attempts >= ATTEMPTS)? {
                break step;
            }
        };
        match step {
            Step::Await(awaited) => {
                #[cfg(feature = "sql")]
                drop(lease);
                self.await_end(&awaited.instance)?;
                // What it may show now is decided now.
                self.execute(statement, text)
            }
            Step::Done(outcome) => {
                #[cfg(feature = "sql")]
                drop(lease);
                self.store.sweep(self.world.now()).and(outcome)
            }
            Step::Session(change) => self.apply(change),
            Step::Store(file) => {
                #[cfg(feature = "sql")]
                drop(lease);
                let outcome = self.store_file(*file);
                self.store.sweep(self.world.now()).and(outcome)
            }
            #[cfg(feature = "sql")]
            Step::Query(query) => self.read_rows(*query, lease),
            #[cfg(feature = "sql")]
            Step::Job(job) => {
                let outcome = self.run_job(*job, statement, text);
                // Without the lease, what the job replaced or left behind can go.
                drop(lease);
                self.store.sweep(self.world.now()).and(outcome)
            }
            #[cfg(feature = "sql")]
            Step::Upload(upload) => self.upload(*upload, lease),
            #[cfg(feature = "sql")]
            Step::Download(download) => self.download(*download, lease),
        }
    }

    /// Binds a statement, decides it, and does what it does while the state is locked. The last attempt binds under the lock, so
    /// that shells which keep changing a project do not keep others from reading it; before it, nothing comes back where what the
    /// names stand for changed meanwhile.
    fn attempt(&mut self, statement: &Statement, text: &str, is_last: bool) -> Result<Option<Step>> {
        let how = How { seed: self.world.random()?, ..How::at(self.now()) };
        let store = &self.store;
        // What may take long is bound before the lock is taken, and what its names stand for is compared under it (STG-2).
        let bound = if command::is_bound_first(statement) && !is_last {
            let snapshot = store.read()?;
            match self.caller.bind(statement, &how, &snapshot) {
                Ok(bound) if bound.changes_nothing() => {
                    return self.run_on_snapshot(bound, statement, text, snapshot);
                }
                Ok(bound) => Some(bound.pinned(&snapshot)?),
                Err(error) => {
                    drop(snapshot);
                    return self.unbound(error, text).map(Some);
                }
            }
        } else {
            None
        };
        let write = store.write()?;
        let bound = match bound {
            Some(bound) if bound.moved(&write, self.now())? => return Ok(None),
            Some(bound) => bound,
            // It may have waited long for the lock.
            None => match self.caller.bind(statement, &How { now: self.now(), ..how }, &write) {
                Ok(bound) => bound,
                Err(error) => {
                    drop(write);
                    return self.unbound(error, text).map(Some);
                }
            },
        };
        let record = self.record(bound.request(), text);
        let asked = Asked::new(&bound, statement, &self.caller, self.now());
        match authorise(bound, &*write as &dyn Facts, self.now())? {
            Authorisation::Denied(request, decision) => {
                let refusal = asked.refusal(&request, &decision, &write)?;
                let basis = Basis::of(&record.request, decision.until(), &write)?;
                self.refuse(refusal, &asked, (&record, &decision), &basis, write).map(Some)
            }
            Authorisation::Allowed(authorised) => self.run_allowed(authorised, statement, &record, write).map(Some),
        }
    }

    /// Does what was allowed.
    fn run_allowed(
        &self,
        authorised: Authorised<Bound>,
        statement: &Statement,
        record: &Record,
        write: Write<'_>,
    ) -> Result<Step> {
        let shown = authorised.shown();
        let (work, request, decision) = command::release(authorised);
        let instance = self.new_instance(&request, &record.base.statement);
        let now = self.now();
        let done = match work {
            Err(error) => Err(error),
            Ok(work @ (Work::Show(_) | Work::Export(_) | Work::Stream(_) | Work::Session(_))) => {
                let guard = || self.guard(statement, record, &decision, &write);
                self.look(work, &shown, guard, &write)
            }
            Ok(Work::Change(change)) => change(&write, now).map(Done::Outcome),
            Ok(Work::Store(file)) => {
                let guard = self.guard(statement, record, &decision, &write)?;
                return Ok(Step::Store(Box::new(super::storing::ReadyFile { file: *file, guard })));
            }
            Ok(Work::Await(awaited)) => {
                if awaited.then == Then::Tell {
                    write.kill_instance(awaited.instance.id)?;
                }
                write.audit(&record.allowed(&decision))?;
                write.commit()?;
                return Ok(Step::Await(Box::new(awaited)));
            }
            #[cfg(feature = "sql")]
            Ok(Work::Query(query)) => {
                // The record of a query is there before its first row is.
                write.audit(&record.allowed(&decision))?;
                let guard = self.guard(statement, record, &decision, &write)?;
                let running = |new| self.begin(&write, &new, InstanceStatus::Running, None);
                let instance = instance.map(running).transpose()?;
                write.commit()?;
                return Ok(Step::Query(Box::new(super::shown::ReadyQuery { query, guard, instance })));
            }
            #[cfg(feature = "sql")]
            Ok(Work::Job(job)) => {
                let running = |new| self.begin(&write, &new, InstanceStatus::Running, None);
                let instance = instance.map(running).transpose()?;
                let job = super::rows::RunningJob::start(job, request, rules(&decision), instance, write)?;
                return Ok(Step::Job(Box::new(job)));
            }
            #[cfg(feature = "sql")]
            Ok(Work::Upload(upload)) => {
                let guard = self.guard(statement, record, &decision, &write)?;
                return Ok(Step::Upload(Box::new(super::transfer::ReadyUpload { upload: *upload, guard })));
            }
            #[cfg(feature = "sql")]
            Ok(Work::Download(download)) => {
                // The record of a download is there before its first row is.
                write.audit(&record.allowed(&decision))?;
                let guard = self.guard(statement, record, &decision, &write)?;
                let ready = super::transfer::ReadyDownload::begin(*download, guard, &write)?;
                write.commit()?;
                return Ok(Step::Download(Box::new(ready)));
            }
        };
        self.conclude(done, record, &decision, instance, write)
    }

    /// Watches a statement that continues after this decision.
    pub(super) fn guard(
        &self,
        statement: &Statement,
        record: &Record,
        decision: &Decision,
        snapshot: &Snapshot<'_>,
    ) -> Result<Guard> {
        let record = Record { base: record.allowed(decision), ..record.clone() };
        Guard::new(&self.caller, statement, record, self.timekeeper(), (decision, snapshot))
    }

    /// A statement that could not be bound was not decided either; that it was tried is kept.
    fn unbound(&self, error: Box<Error>, text: &str) -> Result<Step> {
        let record = self.record(&self.caller.request(Vec::new()), text);
        audit_failure(&self.store, &AuditRecord { verdict: "failed", code: Some(error.code.number()), ..record.base })?;
        Ok(Step::Done(Err(error)))
    }

    pub(super) fn record(&self, request: &Request, text: &str) -> Record {
        let mut objects: Vec<String> = Vec::new();
        for requirement in &request.requirements {
            if let Requirement::Access(access) = requirement {
                let object = format!("{}:{}", access.action, access.object.path());
                if !objects.contains(&object) {
                    objects.push(object);
                }
            }
        }
        let source = match &request.source.vpc {
            Some(vpc) => format!("{}@{vpc}", request.source.ip),
            None => request.source.ip.to_string(),
        };
        let base = AuditRecord {
            time: self.now(),
            principal: request.principal.to_string(),
            source,
            project: request.current.as_ref().map(|project| project.name.clone()),
            job: request.job.map(|job| job.name().to_owned()),
            statement: text.to_owned(),
            objects: objects.join(" "),
            verdict: "allowed",
            code: None,
            rules: String::new(),
        };
        Record { base, request: request.clone() }
    }
}

/// The audit record of one statement, before its verdict.
#[derive(Clone)]
pub(super) struct Record {
    pub base: AuditRecord,
    pub request: Request,
}

impl Record {
    /// Notes that a second decision refused what the first had allowed.
    pub fn deny(&mut self, decision: &Decision) {
        self.base = AuditRecord { verdict: "denied", ..self.allowed(decision) };
    }

    /// The record of a statement that did not come to its end: denied, or else failed.
    pub fn ended(self, code: Code) -> AuditRecord {
        let verdict = if self.base.verdict == "denied" { "denied" } else { "failed" };
        AuditRecord { verdict, code: Some(code.number()), ..self.base }
    }

    pub fn allowed(&self, decision: &Decision) -> AuditRecord {
        AuditRecord { rules: rules(decision), ..self.base.clone() }
    }

    pub fn failed(&self, decision: &Decision, code: Code) -> AuditRecord {
        AuditRecord { verdict: "failed", code: Some(code.number()), ..self.allowed(decision) }
    }

    pub fn denied(&self, decision: &Decision, error: Option<&Error>) -> AuditRecord {
        AuditRecord { verdict: "denied", code: error.map(|error| error.code.number()), ..self.allowed(decision) }
    }
}

fn rules(decision: &Decision) -> String {
    decision.rules().iter().map(|rule| rule.id()).collect::<Vec<_>>().join(" ")
}

pub(super) fn audit_failure(store: &Store, record: &AuditRecord) -> Result<()> {
    let write = store.write()?;
    write.audit(record)?;
    write.commit()
}
