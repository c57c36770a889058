//! Jobs that write files: they run outside of any lock, and are decided again before they are committed.

use super::guard::decide_again;
use super::instance::{status_of, with_id};
use super::session::{Options, Session};
use super::watch::{Watch, killed};
use super::world::World;
use crate::command::{Job, Outcome};
use crate::data::{EngineOptions, SpillFolder};
use crate::error::Result;
use crate::model::{DataFile, InstanceStatus};
use crate::security::Request;
use crate::store::{ScratchFolder, Store, Write};
use crate::syntax::Statement;

impl SpillFolder for ScratchFolder {
    fn path(&self) -> &std::path::Path {
        self.path()
    }
}

/// How the engine is set up; nothing is started before the first query.
pub(super) fn engine_options(options: &Options, store: &Store, world: &World) -> EngineOptions {
    EngineOptions {
        memory_limit: options.memory_limit,
        spill: ScratchFolder::base(store.data_folder()),
        spill_folder: |base| Ok(Box::new(ScratchFolder::in_folder(base)?)),
        data: store.data_folder().to_owned(),
        threads: None,
        deterministic: world.is_fixed(),
    }
}

/// A job that was allowed and is not committed.
pub(super) struct RunningJob {
    job: Job,
    request: Request,
    /// The rules that allowed it, for its record should it fail.
    rules: String,
    prefix: String,
    existing: Vec<DataFile>,
    /// Number and id of its instance.
    instance: Option<(i64, String)>,
}

impl RunningJob {
    /// Announces the job's files, so that they are deleted if it never commits.
    pub fn start(
        mut job: Job,
        request: Request,
        rules: String,
        instance: Option<(i64, String)>,
        write: Write<'_>,
    ) -> Result<Self> {
        job.number(&write)?;
        let prefix = format!("job{}", write.number_job()?);
        write.announce(&prefix)?;
        let existing = job.existing(&write)?;
        write.commit()?;
        Ok(Self { job, request, rules, prefix, existing, instance })
    }
}

impl Session {
    /// Runs a job and commits what it wrote, after a second decision on the state at that time (STG-2, FLW-12).
    pub(super) fn run_job(&mut self, running: RunningJob, statement: &Statement, text: &str) -> Result<Outcome> {
        let RunningJob { job, request, rules, prefix, existing, instance } = running;
        let mut record = self.record(&request, text);
        record.base.rules = rules;
        let mut watch = instance.as_ref().map(|(id, _)| Watch::start(self.store.path(), *id, &self.cancel));
        let written = job.run(&self.engine, &prefix, &existing, &self.cancel);
        let outcome = written.and_then(|written| {
            let write = self.store.write()?;
            // Whoever killed it was told that it would stop: nothing of it is committed.
            if let Some((id, _)) = &instance
                && write.is_killed(*id)?
            {
                return Err(killed());
            }
            let decision = decide_again(&self.caller, self.now(), statement, &mut record, &write)?;
            let outcome = job.commit(&write, written, self.now())?;
            write.end_announcement(&prefix)?;
            write.audit(&record.allowed(&decision))?;
            if let Some((id, _)) = &instance {
                write.end_instance(*id, InstanceStatus::Success, self.now(), None)?;
            }
            write.commit()?;
            Ok(outcome)
        });
        let outcome = outcome.map_err(|error| match &mut watch {
            Some(watch) => watch.end(error),
            None => error,
        });
        if let Err(error) = &outcome {
            let write = self.store.write()?;
            write.audit(&record.ended(error.code))?;
            if let Some((id, _)) = &instance {
                write.end_instance(*id, status_of(error), self.now(), Some(error))?;
            }
            write.commit()?;
        }
        outcome.map(|outcome| match &instance {
            Some((_, id)) => with_id(id, outcome),
            None => outcome,
        })
    }
}
