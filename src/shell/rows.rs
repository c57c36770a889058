//! What runs outside of any lock: queries that are read, jobs that write files.

use std::rc::Rc;

use super::pipeline::{Record, audit_failure};
use super::session::{Options, Session};
use super::world::World;
use crate::command::{self, Chunk, Item, Job, Layout, Outcome, Query, Rows, Work};
use crate::data::{Engine, EngineOptions};
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, Row};
use crate::security::{Decision, Facts, Request, Verdict, authorise};
use crate::store::{AuditRecord, Lease, Store, Write};
use crate::syntax::Statement;

/// How the engine is set up; nothing is started before the first query.
pub(super) fn engine_options(options: &Options, store: &Store, world: &World) -> EngineOptions {
    EngineOptions {
        memory_limit: options.memory_limit,
        spill: store.data_folder().join("spill"),
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
}

impl RunningJob {
    /// Announces the job's files, so that they are deleted if it never commits.
    pub fn start(mut job: Job, request: Request, rules: String, write: Write<'_>) -> Result<Self> {
        job.number(&write)?;
        let prefix = format!("job{}", write.number_job()?);
        write.announce(&prefix)?;
        let existing = job.existing(&write)?;
        write.commit()?;
        Ok(Self { job, request, rules, prefix, existing })
    }
}

impl Session {
    /// Runs a job and commits what it wrote, after a second decision on what the state is by then (STG-2, FLW-12).
    pub(super) fn run_job(&mut self, running: RunningJob, statement: &Statement, text: &str) -> Result<Outcome> {
        let RunningJob { job, request, rules, prefix, existing } = running;
        let mut record = self.record(&request, text);
        record.base.rules = rules;
        let written = job.run(&self.engine, &prefix, &existing, &self.cancel);
        let outcome = written.and_then(|written| {
            let write = self.store.write()?;
            let decision = self.decide_again(statement, &mut record, &write)?;
            let outcome = job.commit(&write, written, self.now())?;
            write.end_announcement(&prefix)?;
            write.audit(&record.allowed(&decision))?;
            write.commit()?;
            Ok(outcome)
        });
        if let Err(error) = &outcome {
            audit_failure(&self.store, &AuditRecord { code: Some(error.code.number()), ..record.ended() })?;
        }
        outcome
    }

    /// Binds and decides a statement whose job is done: what its names stand for now must be what was judged and run.
    fn decide_again(&self, statement: &Statement, record: &mut Record, write: &Write<'_>) -> Result<Decision> {
        let again = command::bind(statement, &self.context(0), write)?;
        let authorised = match authorise(again, &**write as &dyn Facts, self.now())? {
            Ok(authorised) => authorised,
            Err(decision) => {
                record.deny(&decision);
                return match decision.verdict() {
                    Verdict::Denied(denial) => {
                        Err(denial.error(&record.request.principal, record.request.current.as_ref()))
                    }
                    Verdict::Allowed { .. } => Err(Error::new(Code::Internal, "a refusal without a reason")),
                };
            }
        };
        let (work, request, decision) = command::release(authorised);
        match work {
            Work::Job(_) if request == record.request => Ok(decision),
            Work::Fail(error) => Err(error),
            _ => Err(Error::new(Code::Semantic, "what the statement names changed while it ran").help("run it again")),
        }
    }

    /// Starts a query; its rows come as they are asked for, and the lease keeps its files until then.
    pub(super) fn read_rows(&self, ready: ReadyQuery, lease: Option<Lease>) -> Result<Outcome> {
        let ReadyQuery { query, limit, failed } = ready;
        let stream = self.engine.run(&query.plan, &self.cancel)?;
        let chunks = Limited {
            stream: Box::new(stream),
            left: limit,
            limit,
            ended: false,
            failed,
            store: self.store.clone(),
            _lease: lease,
            _engine: self.engine.clone(),
        };
        let rows = Rows {
            columns: query.plan.columns().to_vec(),
            layout: Layout::Box,
            ordered: query.plan.is_ordered(),
            chunks: Box::new(chunks),
        };
        let space = query.spaced.then(|| Item::Line(String::new()));
        Ok(Outcome { items: space.into_iter().chain([Item::Rows(rows)]).collect() })
    }
}

/// A query that was allowed, and whose record is written.
pub(super) struct ReadyQuery {
    pub query: Query,
    /// Most rows that may be shown.
    pub limit: Option<u64>,
    /// The second record, should it fail while its rows are read.
    pub failed: AuditRecord,
}

/// Rows up to the limit that the decision set (FLW-8), and a notice where they were cut.
struct Limited {
    stream: Box<dyn Iterator<Item = Result<Vec<Row>>>>,
    left: Option<u64>,
    limit: Option<u64>,
    ended: bool,
    failed: AuditRecord,
    store: Rc<Store>,
    _lease: Option<Lease>,
    _engine: Rc<Engine>,
}

impl Iterator for Limited {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut rows = match self.stream.next()? {
            Ok(rows) => rows,
            Err(error) => {
                self.ended = true;
                // A record says that it failed and not on which value (FLW-10).
                let failed = AuditRecord { code: Some(error.code.number()), ..self.failed.clone() };
                return Some(audit_failure(&self.store, &failed).and(Err(error)));
            }
        };
        let Some(left) = self.left else { return Some(Ok(Chunk::Rows(rows))) };
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if left == 0 && !rows.is_empty() {
            self.ended = true;
            let limit = self.limit.unwrap_or_default();
            return Some(Ok(Chunk::Notice(format!(
                "only the first {limit} rows are shown: READ_TABLE_MAX_ROW of a source project (FLW-8)"
            ))));
        }
        if rows.len() > left {
            // One more round tells that rows were left out.
            let rest = rows.split_off(left);
            self.left = Some(0);
            let stream = std::mem::replace(&mut self.stream, Box::new(std::iter::empty()));
            self.stream = Box::new(std::iter::once(Ok(rest)).chain(stream));
        } else {
            self.left = Some((left - rows.len()) as u64);
        }
        Some(Ok(Chunk::Rows(rows)))
    }
}
