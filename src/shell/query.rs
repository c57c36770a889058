//! A query whose rows are shown while they come, and its instance, which ends with the last of them.

use std::sync::Arc;

use super::guard::Guard;
use super::instance::{status_of, with_id};
use super::long_work::{Allowed, Continuation, LongWork};
use super::pipeline::Done;
use super::service::Service;
use super::watch::Watch;
use crate::command::{Chunk, Item, Outcome, Query, Rows};
use crate::data::{Keep, Kept, RowStream};
use crate::error::{Error, Result};
use crate::model::{Instance, InstanceStatus, Lost, ObjectId, ResultColumn, Time};
use crate::store::{AuditRecord, KeptResult, Lease, ResultSeal, Write};

/// Results up to this size are held in the state, in bytes. Chosen: below it, a file costs more than it holds.
const SMALL: usize = 64 << 10;
/// Larger results are not kept, in bytes. Chosen.
const LARGEST: u64 = 1 << 30;

impl LongWork for Query {
    fn begin(self: Box<Self>, mut allowed: Allowed<'_>, write: Write<'_>) -> Result<Continuation> {
        allowed.audit(&write)?;
        let guard = allowed.guard(&write)?;
        let instance = allowed.begin_instance(&write)?;
        let seal = instance.as_ref().map(|(id, _)| write.seal_for(*id)).transpose()?.flatten();
        write.commit()?;
        Ok(Box::new(move |_, lease| read_rows(*self, guard, (instance, seal), lease).map(Done::Outcome)))
    }
}

/// Starts a query. Rows are produced on demand; the lease protects the files until the end. `instance` is the row id and instance id,
/// if the query runs as a job.
fn read_rows(
    query: Query,
    guard: Guard,
    (instance, seal): (Option<(ObjectId, String)>, Option<ResultSeal>),
    lease: Option<Lease>,
) -> Result<Outcome> {
    let service = Arc::clone(&guard.service);
    let cancel = &guard.caller.cancel;
    let mut query = query;
    let mut running = instance.map(|(id, name)| Running {
        watch: Watch::start(&service, id, cancel),
        id,
        name,
        columns: query.plan.columns().to_vec(),
        ordered: query.plan.is_ordered(),
        service: Arc::clone(&service),
        seal: seal.clone(),
    });
    if let Some(alternatives) = query.alternatives.take() {
        match alternatives.chosen(&service.engine, cancel) {
            Ok(Some(plan)) => {
                if let Some(running) = &mut running {
                    (running.columns, running.ordered) = (plan.columns().to_vec(), plan.is_ordered());
                }
                query.plan = plan;
            }
            Ok(None) => {
                let Some(running) = running else { return Ok(Outcome::default()) };
                let end =
                    |write: &Write<'_>| write.end_instance(running.id, InstanceStatus::Success, guard.now(), None);
                service.store.write_later(end)?;
                return Ok(with_id(&running.name, Outcome::default()));
            }
            Err(error) => {
                let error = match &mut running {
                    Some(running) => running.watch.end(error),
                    None => error,
                };
                let record = guard.record.ended(&error);
                let ended = match &mut running {
                    Some(running) => running.fail(guard.now(), &error, Some(&record)),
                    None => Ok(()),
                };
                return ended.and(Err(error));
            }
        }
    }
    let keep = running.as_ref().map(|running| Keep {
        prefix: Instance::file_prefix(running.id),
        small: SMALL,
        limit: LARGEST,
        key: seal.as_ref().map(|seal| seal.key.clone()),
    });
    let stream = match service.engine.run_and_keep(&query.plan, keep, limit_of(&query, &guard), cancel) {
        Ok(stream) => stream,
        Err(error) => {
            let ended = running.as_mut().map_or(Ok(()), |running| running.fail(guard.now(), &error, None));
            return ended.and(Err(error));
        }
    };
    let id = running.as_ref().map(|running| running.name.clone());
    let space = query.spaced.then(|| Item::Line(String::new()));
    let (columns, ordered) = (query.plan.columns().to_vec(), query.plan.is_ordered());
    let chunks = Shown { stream, query, given: 0, step: Step::Rows, guard, running, lease };
    let rows = Rows { columns, listing: None, ordered, chunks: Box::new(chunks) };
    let outcome = Outcome { items: space.into_iter().chain([Item::Rows(rows)]).collect() };
    Ok(match id {
        Some(id) => with_id(&id, outcome),
        None => outcome,
    })
}

/// Most rows that are shown: by the statement itself, and by the decisions that allowed it.
fn limit_of(query: &Query, guard: &Guard) -> Option<u64> {
    query.limit.into_iter().chain(guard.row_limit()).min()
}

/// The instance of a query while its rows are read.
struct Running {
    id: ObjectId,
    name: String,
    columns: Vec<ResultColumn>,
    ordered: bool,
    watch: Watch,
    service: Arc<Service>,
    /// What encrypts its result.
    seal: Option<ResultSeal>,
}

impl Running {
    /// All rows came. A line for the person if they are not kept.
    fn succeed(&mut self, now: Time, kept: Option<Kept>) -> Result<Option<String>> {
        let lost = match kept {
            Some(Kept::Rows(rows, content)) => {
                self.service.store.write_later(|write| {
                    let result = KeptResult {
                        columns: self.columns.clone(),
                        ordered: self.ordered,
                        rows,
                        seal: self.seal.clone(),
                        until: KeptResult::until(now.max(self.service.world.now())),
                        content,
                    };
                    write.keep_result(self.id, &result)?;
                    write.end_instance(self.id, InstanceStatus::Success, now, None)
                })?;
                return Ok(None);
            }
            Some(Kept::Lost(lost)) => lost,
            None => Lost::Disk,
        };
        self.service.store.write_later(|write| {
            write.lose_result(self.id, lost)?;
            write.end_instance(self.id, InstanceStatus::Success, now, None)
        })?;
        Ok(Some(format!("the result is not kept for `wait` and download: {}", lost.words())))
    }

    /// It came to no end; with its second record, if there is one.
    fn fail(&mut self, now: Time, error: &Error, record: Option<&AuditRecord>) -> Result<()> {
        self.service.store.remove_result(self.id);
        self.service.store.write_later(|write| {
            if let Some(record) = record {
                self.service.record(write, record)?;
            }
            write.end_instance(self.id, status_of(error), now, Some(error))
        })
    }

    /// The reader went away.
    fn leave(&mut self, now: Time) -> Result<()> {
        self.service.store.remove_result(self.id);
        self.service.store.write_later(|write| {
            write.lose_result(self.id, Lost::Reader)?;
            write.end_instance(self.id, InstanceStatus::Cancelled, now, None)
        })
    }
}

/// How far the showing is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Rows are shown.
    Rows,
    /// More came than may be shown, which is still to be said.
    Cut,
    /// The rest is only kept.
    Rest,
    /// Something is still to be said at the end.
    Over,
}

/// Rows up to the limit that the decision set (FLW-8), and a notice where they were cut; none any more once the query is no
/// longer allowed (FLW-12).
struct Shown {
    stream: RowStream,
    query: Query,
    /// How many were.
    given: u64,
    step: Step,
    guard: Guard,
    running: Option<Running>,
    lease: Option<Lease>,
}

impl Shown {
    /// A record says that it failed and not on which value (FLW-10).
    fn fail(&mut self, error: Box<Error>) -> Box<Error> {
        self.step = Step::Over;
        let error = self.stream.stop().unwrap_or(error);
        let error = self.guard.advised(error);
        let (service, now) = (Arc::clone(&self.guard.service), self.guard.now());
        let noted = match self.running.take() {
            None => service.audited(&self.guard.record.ended(&error), error),
            Some(mut running) => {
                let error = running.watch.end(error);
                let ended = self.guard.record.ended(&error);
                running.fail(now, &error, Some(&ended)).err().unwrap_or(error)
            }
        };
        // After the record: without its lease, another process would end the instance. Files that only this lease protected can go now.
        self.lease = None;
        service.tidy();
        noted
    }

    /// The last row came.
    fn end(&mut self) -> Option<Result<Chunk>> {
        self.step = Step::Over;
        let kept = self.stream.kept();
        let mut running = self.running.take()?;
        match running.succeed(self.guard.now(), kept) {
            Ok(said) => said.map(|line| Ok(Chunk::Notice(line))),
            Err(error) => {
                running.service.store.remove_result(running.id);
                Some(Ok(Chunk::Notice(format!("the end of the job could not be recorded: {}", error.message))))
            }
        }
    }

    /// Cuts rows down to what may be shown.
    fn cut(&mut self, rows: &mut Vec<crate::model::Row>) {
        if let Some(limit) = limit_of(&self.query, &self.guard) {
            let most = usize::try_from(limit.saturating_sub(self.given)).unwrap_or(usize::MAX);
            if rows.len() > most {
                rows.truncate(most);
                self.step = Step::Cut;
            }
        }
        self.given += rows.len() as u64;
    }
}

impl Iterator for Shown {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step {
                Step::Over => return None,
                Step::Cut => {
                    self.step = Step::Rest;
                    return Some(Ok(Chunk::Notice(self.query.notice(limit_of(&self.query, &self.guard)))));
                }
                Step::Rows | Step::Rest => {}
            }
            match self.stream.next() {
                None => return self.end(),
                Some(Err(error)) => return Some(Err(self.fail(error))),
                Some(Ok(mut rows)) if self.step == Step::Rows => {
                    if let Err(error) = self.guard.check() {
                        return Some(Err(self.fail(error)));
                    }
                    self.cut(&mut rows);
                    if !rows.is_empty() {
                        return Some(Ok(Chunk::Rows(rows)));
                    }
                }
                Some(Ok(_)) => {}
            }
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let now = self.guard.now();
            // If even that cannot be noted, the instance ends with the next one who finds it without a shell.
            drop(match self.stream.stop() {
                Some(error) => running.fail(now, &error, Some(&self.guard.record.ended(&error))),
                None => running.leave(now),
            });
        }
    }
}
