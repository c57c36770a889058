//! Runs a plan on a thread of its own, whose stack is deep enough for any plan, and hands over what it makes.
//!
//! A panic below becomes an error; a query that is no longer wanted ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::common::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use futures::future::{Either, select};
use tokio::sync::watch;

use super::engine::{Cancel, Join, Started, cancelled, is_cancelled};
use super::failure::{carry, failure};
use super::kept::{Keep, Keeper, Kept};
use super::memory::{self, Returned};
use super::plan::{Plan, Readable};
use super::provider::scanned_columns;
use super::user_function::Lines;
use super::{branches, cells, effort, newest_partition, portions, quiet, user_function};
use crate::error::{Code, Error, Result};
use crate::model::{DataType, Row, Zone};

/// Stack of the thread that plans, in bytes: address space, used only where a plan is deep.
const PLANNER_STACK: usize = 256 << 20;

/// How often a waiting thread looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// Rows that are handed over at once.
const CHUNK: usize = 1024;

/// Most bytes of a table that a function reads as a resource. Chosen: its process holds it.
const LARGEST_TABLE: usize = 32 << 20;

/// The rows of a query, chunk by chunk; an error is the last item. Dropping it stops the query.
pub struct RowStream {
    work: Work<Part>,
    ended: bool,
    kept: Option<Kept>,
}

/// A part of what a query gives.
enum Part {
    Rows(Vec<Row>),
    /// Behind the rows, where they were to be kept.
    Kept(Kept),
}

impl RowStream {
    /// What became of the result that was to be kept; known once the last row is there.
    pub fn kept(&mut self) -> Option<Kept> {
        self.kept.take()
    }

    /// Stops the query and waits until it has cleaned up. A function that has tried to leave is told, whatever the query was stopped for.
    pub fn stop(&mut self) -> Option<Box<Error>> {
        self.ended = true;
        self.work.end()
    }
}

impl Iterator for RowStream {
    type Item = Result<Vec<Row>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = match self.work.wait() {
            Some(Ok(Part::Rows(rows))) => Some(Ok(rows)),
            Some(Ok(Part::Kept(kept))) => {
                self.kept = Some(kept);
                None
            }
            Some(Err(error)) => Some(Err(error)),
            None => None,
        };
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

/// What is run for its rows.
struct Reading {
    logical: LogicalPlan,
    readable: Option<Arc<Readable>>,
    types: Vec<DataType>,
    /// The clock that shows moments.
    zone: Zone,
    /// Keeps what passes.
    keeper: Option<Keeper>,
    /// No more rows are given than the chunks that begin with the first ones of this number.
    shown: Option<u64>,
}

/// Starts `logical`, whose columns have these types, and gives its rows.
#[cfg(test)]
pub(super) fn rows(
    started: Arc<Started>,
    logical: LogicalPlan,
    readable: Option<Arc<Readable>>,
    types: Vec<DataType>,
    cancel: &Cancel,
) -> Result<RowStream> {
    start(started, Reading { logical, readable, types, zone: Zone::Utc, keeper: None, shown: None }, cancel)
}

/// Starts a plan and gives its rows, at most a chunk more than are shown; with `keep`, keeps them all.
pub(super) fn rows_to_keep(
    started: Arc<Started>,
    plan: &Plan,
    keep: Option<Keep>,
    shown: Option<u64>,
    cancel: &Cancel,
) -> Result<RowStream> {
    let reading = Reading {
        logical: plan.logical().clone(),
        readable: Some(plan.readable()),
        types: plan.columns().iter().map(|column| column.data_type.clone()).collect(),
        zone: plan.dialect().zone,
        keeper: keep.map(|keep| Keeper::new(keep, plan.columns(), Arc::clone(&started))),
        shown,
    };
    start(started, reading, cancel)
}

fn start(started: Arc<Started>, reading: Reading, cancel: &Cancel) -> Result<RowStream> {
    let Reading { logical, readable, types, zone, mut keeper, shown } = reading;
    let work = Work::start(started, cancel, move |runner, sender| {
        let mut batches = runner.start(&logical, readable.as_deref())?;
        let mut given = 0_u64;
        while let Some(batch) = batches.next()? {
            if let Some(keeper) = &mut keeper {
                keeper.add(&batch);
            }
            for start in (0..batch.num_rows()).step_by(CHUNK) {
                if shown.is_some_and(|shown| given > shown) {
                    break;
                }
                if runner.is_stopped() {
                    return Err(batches.ended(cancelled()));
                }
                let part = batch.slice(start, CHUNK.min(batch.num_rows() - start));
                given += part.num_rows() as u64;
                if sender.send(Ok(Part::Rows(cells::rows(&part, &types, zone)?))).is_err() {
                    return Ok(());
                }
            }
            // Nobody sees the rest, and nobody keeps it.
            if shown.is_some_and(|shown| given > shown) && !keeper.as_ref().is_some_and(Keeper::keeps) {
                batches.end()?;
                break;
            }
        }
        if let Some(keeper) = keeper {
            drop(sender.send(Ok(Part::Kept(keeper.end()))));
        }
        Ok(())
    })?;
    Ok(RowStream { work, ended: false, kept: None })
}

/// Work on a thread of its own, which sends what it makes.
pub(super) struct Work<T> {
    items: Receiver<Result<T>>,
    /// Dropped or set: the work is to end.
    stop: watch::Sender<bool>,
    /// Set with it, for functions.
    ended: Cancel,
    thread: Option<JoinHandle<()>>,
    cancel: Cancel,
}

impl<T: Send + 'static> Work<T> {
    /// Starts `job`; an error that it returns is the last item.
    pub(super) fn start(
        started: Arc<Started>,
        cancel: &Cancel,
        job: impl FnOnce(&Runner, &SyncSender<Result<T>>) -> Result<()> + Send + 'static,
    ) -> Result<Self> {
        let (sender, items) = sync_channel(1);
        let (stop, stopped) = watch::channel(false);
        let ended = Cancel::default();
        let runner = Runner { started, stopped, cancel: Arc::clone(cancel), ended: Arc::clone(&ended) };
        let thread = std::thread::Builder::new()
            .name(quiet::THREADS.to_owned())
            .stack_size(PLANNER_STACK)
            .spawn(move || {
                if let Err(error) = job(&runner, &sender) {
                    // A receiver that is gone no longer wants to know.
                    drop(sender.send(Err(error)));
                }
            })
            .map_err(|_| Error::new(Code::Internal, "no thread can be started for a query"))?;
        Ok(Self { items, stop, ended, thread: Some(thread), cancel: Arc::clone(cancel) })
    }

    /// The next item; nothing at the end.
    pub(super) fn wait(&mut self) -> Option<Result<T>> {
        loop {
            if let Poll::Ready(item) = self.poll(LOOK) {
                return item;
            }
        }
    }

    /// The next item if there is one within `patience`; nothing at the end.
    pub(super) fn poll(&mut self, patience: Duration) -> Poll<Option<Result<T>>> {
        if is_cancelled(&self.cancel) {
            return Poll::Ready(Some(Err(self.end().unwrap_or_else(cancelled))));
        }
        match self.items.recv_timeout(patience) {
            Ok(item) => Poll::Ready(Some(item)),
            Err(RecvTimeoutError::Timeout) => Poll::Pending,
            Err(RecvTimeoutError::Disconnected) => {
                let panicked = self.thread.take().is_some_and(|thread| thread.join().is_err());
                Poll::Ready(panicked.then(|| Err(Error::new(Code::Internal, "the query engine failed"))))
            }
        }
    }
}

impl<T> Work<T> {
    /// Stops the work and waits until it has cleaned up. The error of a function that has tried to leave is not lost.
    pub(super) fn end(&mut self) -> Option<Box<Error>> {
        self.ended.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        let mut escaped = None;
        while let Ok(item) = self.items.recv() {
            escaped = item.err().filter(|error| error.code == Code::Escape).or(escaped);
        }
        if let Some(thread) = self.thread.take() {
            // A panic after the end has nobody to tell.
            drop(thread.join());
        }
        escaped
    }
}

impl<T> Drop for Work<T> {
    /// A thread with a large stack must be joined: to detach it while it ends crashes in glibc (bug 19951).
    fn drop(&mut self) {
        self.end();
    }
}

/// The last look: the finished plan reads nothing but the columns that were asked for when the query was decided.
fn check_columns(plan: &Arc<dyn ExecutionPlan>, readable: &Readable) -> Result<()> {
    for (table, columns) in scanned_columns(plan) {
        let known = readable.get(&table);
        if columns.iter().any(|column| !known.is_some_and(|known| known.contains(column))) {
            return Err(Error::new(Code::Internal, "the finished plan reads more than the query asked for"));
        }
    }
    Ok(())
}

/// What a job runs plans with; lives on the job's thread.
pub(super) struct Runner {
    pub(super) started: Arc<Started>,
    stopped: watch::Receiver<bool>,
    cancel: Cancel,
    ended: Cancel,
}

impl Runner {
    /// Whether the work is to end.
    pub(super) fn is_stopped(&self) -> bool {
        *self.stopped.borrow() || is_cancelled(&self.cancel)
    }

    /// Plans `logical` and starts it. If a join runs out of memory before anything came out, joins are sorted instead.
    ///
    /// A plan that would read other columns than `readable` does not start.
    pub(super) fn start(&self, logical: &LogicalPlan, readable: Option<&Readable>) -> Result<Batches<'_>> {
        let run = |alone| {
            let batches = self.attempt(&alone, readable, Join::Hash);
            let next = batches.map_err(|(error, _)| error).and_then(|mut batches| batches.next());
            next.map_err(carry)
        };
        let logical = branches::chosen(logical, &run).map_err(failure)?;
        let logical = &newest_partition::found(&logical, run).map_err(failure)?;
        self.read_tables(logical)?;
        match self.attempt(logical, readable, Join::Hash) {
            Err((error, Some(returned))) if error.code == Code::Memory => {
                // What is left of the first attempt would take memory from the second.
                self.block(async {
                    returned.wait().await;
                    Ok(())
                })?;
                self.attempt(logical, readable, Join::SortMerge)
            }
            other => other,
        }
        .map_err(|(error, _)| error)
    }

    /// Reads the tables that users' functions in a plan read as resources.
    fn read_tables(&self, logical: &LogicalPlan) -> Result<()> {
        let functions = user_function::called(logical).map_err(failure)?;
        // Functions that read the same table share its plan, and its rows.
        let mut known: Vec<(&Arc<Plan>, RecordBatch)> = Vec::new();
        for table in functions.iter().flat_map(|function| function.tables()).filter(|table| !table.is_read()) {
            let rows = match known.iter().find(|(plan, _)| Arc::ptr_eq(plan, &table.plan)) {
                Some((_, rows)) => rows.clone(),
                None => self.read_table(&table.plan)?,
            };
            known.push((&table.plan, rows.clone()));
            table.keep(rows);
        }
        Ok(())
    }

    /// The rows of a table that is read as a resource.
    fn read_table(&self, plan: &Plan) -> Result<RecordBatch> {
        let (readable, logical) = (plan.readable(), plan.logical());
        let mut batches = self.attempt(logical, Some(&readable), Join::Hash).map_err(|(error, _)| error)?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(batch) = batches.next()? {
            bytes += batch.get_array_memory_size();
            if bytes > LARGEST_TABLE {
                let error = format!("a table resource of a function has more than {} MB", LARGEST_TABLE >> 20);
                return Err(Error::new(Code::Limit, error).help("join with the table in the query instead"));
            }
            rows.push(batch);
        }
        concat_batches(logical.schema().inner(), &rows).map_err(|error| failure(error.into()))
    }

    /// Runs up to the first batch. An error of a plan with joins that can be sorted instead says when its memory is back.
    fn attempt(
        &self,
        logical: &LogicalPlan,
        readable: Option<&Readable>,
        join: Join,
    ) -> Result<Batches<'_>, (Box<Error>, Option<Returned>)> {
        let lines = Lines::of(logical).map_err(|error| (failure(error), None))?;
        lines.allot().map_err(|error| (error, None))?;
        let stops = vec![Arc::clone(&self.cancel), Arc::clone(&self.ended)];
        let session = self.started.session(join, stops.clone());
        let planned = effort::counted(stops, || self.block(session.create_physical_plan(logical)));
        let plan = planned.and_then(|(plan, _)| plan).map_err(|error| (error, None))?;
        if let Some(readable) = readable {
            check_columns(&plan, readable).map_err(|error| (error, None))?;
        }
        let in_memory = joins_in_memory(&plan);
        let config = self.started.sorting(session.config().clone(), sorts(&plan), in_memory);
        let rows = portions::batch(&plan, config.batch_size());
        let config = config.with_batch_size(rows);
        let (mut context, mut returned) = (TaskContext::from(&session).with_session_config(config), None);
        if join == Join::Hash && in_memory {
            let (environment, all) = memory::share(&self.started.environment, self.started.joins);
            context = context.with_runtime(environment);
            returned = Some(all);
        }
        // Streams may start tasks, which need the engine's threads.
        let entered = self.started.runtime.enter();
        let stream = execute_stream(plan, Arc::new(context));
        drop(entered);
        let started = stream.map_err(failure).and_then(|stream| {
            let mut batches = Batches { runner: self, stream, first: None, lines };
            match batches.pull() {
                Ok(first) => {
                    batches.first = first;
                    Ok(batches)
                }
                // Another attempt goes on with the same processes.
                Err(error) if error.code == Code::Memory && returned.is_some() => Err(error),
                Err(error) => Err(batches.ended(error)),
            }
        });
        started.map_err(|error| (error, returned))
    }

    /// Waits for `future`, unless the work is stopped first.
    fn block<T>(&self, future: impl Future<Output = Result<T, DataFusionError>>) -> Result<T> {
        let mut stopped = self.stopped.clone();
        self.started.runtime.block_on(async {
            let stop = Box::pin(stopped.wait_for(|stop| *stop));
            match select(Box::pin(future), stop).await {
                Either::Left((result, _)) => result.map_err(failure),
                Either::Right(_) => Err(cancelled()),
            }
        })
    }
}

/// How many sorts of a plan go on side by side.
fn sorts(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = match plan.downcast_ref::<SortExec>() {
        // One that keeps a few rows only has no runs to merge.
        Some(sort) if sort.fetch().is_none() => sort.properties().output_partitioning().partition_count(),
        _ => 0,
    };
    own + plan.children().into_iter().map(sorts).sum::<usize>()
}

fn joins_in_memory(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<HashJoinExec>() || plan.children().into_iter().any(joins_in_memory)
}

/// The batches of a running plan.
pub(super) struct Batches<'a> {
    runner: &'a Runner,
    stream: SendableRecordBatchStream,
    first: Option<RecordBatch>,
    /// Of the functions of users' own that the plan calls.
    lines: Lines,
}

impl Batches<'_> {
    /// The next batch; nothing at the end, where functions of users' own have ended.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(batch) = self.first.take() {
            return Ok(Some(batch));
        }
        match self.pull() {
            Ok(Some(batch)) => Ok(Some(batch)),
            Ok(None) => self.end().map(|()| None),
            Err(error) => Err(self.ended(error)),
        }
    }

    /// Ends the functions of users' own, whose last answers have come.
    ///
    /// # Errors
    /// One has tried to leave.
    fn end(&self) -> Result<()> {
        self.lines.end()
    }

    /// What ends the plan: this error, or the attempt of a function to leave.
    fn ended(&self, error: Box<Error>) -> Box<Error> {
        self.end().err().unwrap_or(error)
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        if is_cancelled(&self.runner.cancel) {
            return Err(cancelled());
        }
        let stream = &mut self.stream;
        self.runner.block(async { stream.next().await.transpose() })
    }
}
