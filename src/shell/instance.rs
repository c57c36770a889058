//! Jobs as instances: how one begins, and how one waits for the end of another shell's.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::long_work::{Allowed, Continuation, LongWork};
use super::pipeline::Execution;
use super::record::DraftRecord;
use super::world::World;
use crate::command::{Await, Outcome, Then};
use crate::error::{Code, Error, Result};
use crate::model::{Instance, InstanceStatus, JobType, Object, ObjectId, Time};
use crate::security::{Request, Requirement};
use crate::store::{NewInstance, Write};

/// How often a shell that waits looks again.
const LOOK: Duration = Duration::from_millis(100);

/// What is noted of a statement that runs as a job (STG-5); nothing of any other.
pub(super) fn new_instance(request: &Request, record: &DraftRecord, now: Time) -> Option<NewInstance> {
    let project = request.current.clone().filter(|_| request.makes_instance())?;
    let mut sources: Vec<(Object, Vec<Object>)> = Vec::new();
    for flow in &request.flows {
        let known = sources.iter().any(|(source, through)| *source == flow.source && *through == flow.through);
        if !known {
            sources.push((flow.source.clone(), flow.through.clone()));
        }
    }
    let reads = |requirement: &Requirement| match requirement {
        Requirement::Access(access) if access.is_of_rows() => Some(access.clone()),
        _ => None,
    };
    Some(NewInstance {
        accesses: request.requirements.iter().filter_map(reads).collect(),
        project,
        owner: request.principal.clone(),
        job: request.job.unwrap_or(JobType::Sql),
        // Like the record, it keeps no secret (KEY-2), and of encrypted projects no value (ENC-1).
        statement: record.base.statement.clone(),
        is_concealed: record.is_concealed,
        started: now,
        sources,
        lease: String::new(),
    })
}

/// Notes a job that begins, or that is done already. Its number and id.
pub(super) fn begin_instance(
    world: &World,
    write: &Write<'_>,
    new: &NewInstance,
    status: InstanceStatus,
    error: Option<&Error>,
) -> Result<(ObjectId, String)> {
    write.begin_instance(new, status, error, &|| world.id_letters())
}

impl LongWork for Await {
    fn begin(self: Box<Self>, allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation> {
        let failed = match self.then {
            // The job is asked to stop now; what is shown later is decided later.
            Then::Tell => {
                write.kill_instance(self.instance.id)?;
                allowed.audit(&write)?;
                write.commit()?;
                None
            }
            // Recorded when the result is shown.
            Then::Fetch => {
                drop(write);
                let Allowed { decision, record, .. } = allowed;
                Some(move |error: &Error| record.failed(&decision, error.code))
            }
        };
        Ok(Box::new(move |execution, lease| {
            drop(lease);
            execution.await_end(&self.instance).map_err(|error| match failed {
                Some(failed) => execution.service.audited(&failed(&error), error),
                None => error,
            })?;
            // What it may show now is decided now.
            execution.run()
        }))
    }
}

impl Execution<'_> {
    /// Waits until another shell's job is over. Ctrl-C ends the waiting, not the job.
    fn await_end(&self, instance: &Instance) -> Result<()> {
        loop {
            // A shell that is gone does not end its jobs itself.
            self.service.sweep()?;
            match self.service.store.read()?.instance_by_id(instance.id)? {
                None => return Err(Error::new(Code::NotFound, format!("Instance not found : {}", instance.name))),
                Some(found) if found.status != InstanceStatus::Running => return Ok(()),
                Some(_) if self.caller.cancel.load(Ordering::SeqCst) => {
                    return Err(Error::new(Code::Cancelled, "stopped waiting; the instance is still running")
                        .help(format!("`kill {0};` stops it, `wait {0};` waits again", instance.name)));
                }
                Some(_) => thread::sleep(LOOK),
            }
        }
    }
}

/// The status line of a job. Source: odpscmd.
pub(super) fn with_id(id: &str, outcome: Outcome) -> Outcome {
    let mut outcome = outcome;
    outcome.items.insert(0, crate::command::Item::Status(format!("ID = {id}")));
    outcome
}

/// How a job ended that ended with an error.
pub(super) fn status_of(error: &Error) -> InstanceStatus {
    if error.code == Code::Cancelled { InstanceStatus::Cancelled } else { InstanceStatus::Failed }
}
