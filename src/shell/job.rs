//! Jobs that write files: they run outside of any lock, and are decided again before they are committed.

use super::guard::Guard;
use super::instance::{status_of, with_id};
use super::long_work::{Allowed, Continuation, LongWork};
use super::pipeline::{Done, Execution};
use super::service::ServiceOptions;
use super::watch::{Watch, killed};
use super::world::World;
use crate::command::{Existing, Job, Outcome};
use crate::data::{EngineOptions, SpillFolder};
use crate::error::{Code, Error, Result};
use crate::model::{InstanceStatus, ObjectId};
use crate::security::Request;
use crate::store::{ScratchFolder, Store, Write};

impl SpillFolder for ScratchFolder {
    fn path(&self) -> &std::path::Path {
        self.path()
    }
}

/// How the engine is set up; nothing is started before the first query.
pub(super) fn engine_options(options: &ServiceOptions, store: &Store, world: &World) -> EngineOptions {
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
struct RunningJob {
    job: Job,
    /// Decides the job again before its commit.
    guard: Guard,
    prefix: String,
    existing: Existing,
    /// Number and id of its instance.
    instance: Option<(ObjectId, String)>,
}

impl LongWork for Job {
    /// Announces the job's files, so that they are deleted if it never commits.
    fn begin(self: Box<Self>, mut allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation> {
        let mut job = *self;
        if job.is_staged() {
            check_staged(&allowed.record.request, &write)?;
        }
        let instance = allowed.begin_instance(&write)?;
        job.number(&write)?;
        let prefix = format!("job{}", write.number_job()?);
        write.announce(&prefix, allowed.lease()?)?;
        let existing = job.existing(&write)?;
        let guard = allowed.guard(&write)?;
        write.commit()?;
        let running = RunningJob { job, guard, prefix, existing, instance };
        Ok(Box::new(move |execution, lease| {
            let outcome = running.run(execution);
            // Release the lease first, so that the sweep can delete the files that the job replaced or left behind.
            drop(lease);
            execution.service.tidy();
            outcome.map(Done::Outcome)
        }))
    }
}

/// What goes to a bucket lies among the data files for a while, in plain text: rows of encrypted projects may not (ENC-1).
fn check_staged(request: &Request, write: &Write<'_>) -> Result<()> {
    for flow in &request.flows {
        if write.is_encrypted(flow.source.project.id)? {
            let name = &flow.source.project.name;
            let message = format!("rows of project {name} cannot be written to a bucket: the project is encrypted");
            return Err(Error::new(Code::Unsupported, message)
                .help("write them to a folder (`file://`), or copy them into a project that is not encrypted first"));
        }
    }
    Ok(())
}

impl RunningJob {
    /// Runs the job and commits what it wrote, after a second decision on the state at that time (STG-2, FLW-12).
    fn run(self, execution: &Execution<'_>) -> Result<Outcome> {
        let Execution { service, caller, .. } = execution;
        let Self { job, mut guard, prefix, existing, instance } = self;
        let mut watch = instance.as_ref().map(|(id, _)| Watch::start(service, *id, &caller.cancel));
        let written = job.run(&service.engine, &prefix, &existing, &caller.cancel);
        let written = written.and_then(|mut written| {
            written.send(&mut || guard.check())?;
            Ok(written)
        });
        let outcome = written.and_then(|written| {
            guard.commit(|write, again| {
                // `kill` has already reported that the job stops: do not commit it.
                if let Some((id, _)) = &instance
                    && write.is_killed(*id)?
                {
                    return Err(killed());
                }
                let now = execution.now();
                write.end_announcement(&prefix)?;
                let outcome = job.with_changes_of(again).commit(write, written, now)?;
                if let Some((id, _)) = &instance {
                    write.end_instance(*id, InstanceStatus::Success, now, None)?;
                }
                Ok(outcome)
            })
        });
        let outcome = outcome.map_err(|error| match &mut watch {
            Some(watch) => watch.end(error),
            None => error,
        });
        if let Err(error) = &outcome {
            let write = service.store.write()?;
            service.record(&write, &guard.record.ended(error))?;
            write.keep_announced(&prefix)?;
            if let Some((id, _)) = &instance {
                write.end_instance(*id, status_of(error), execution.now(), Some(error))?;
            }
            write.commit()?;
        }
        match (outcome, &instance) {
            (Err(error), _) => Err(guard.advised(error)),
            (Ok(outcome), Some((_, id))) => Ok(with_id(id, outcome)),
            (Ok(outcome), None) => Ok(outcome),
        }
    }
}
