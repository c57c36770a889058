//! The engine that runs plans: threads, memory, temporary files.
//!
//! Starts nothing before the first plan runs; reads no file but data files and its own temporary ones.

#[cfg(test)]
pub(super) mod tests;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryLimit, MemoryPool, TrackConsumersPool};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::object_store::local::LocalFileSystem;
use datafusion::prelude::SessionConfig;
use tokio::runtime::{Handle, Runtime};

use super::delimited::{self, DownloadTask, Downloading, UploadTask, Uploading};
use super::external::{self, Drafts, Folders, OutsideTarget};
use super::failure::failure;
use super::functions::allowance::Allowance;
use super::kept::Keep;
use super::plan::Plan;
use super::run::{self, RowStream};
use super::spill::Spills;
use super::write::{self, ChangeTarget, Changed, WriteTarget};
use super::{barrier, merge, pause, provider, quiet, single_feed, types, upsert};
use crate::cipher::DataKey;
use crate::error::{Code, Error, Result};
use crate::model::{Catalogue, Column, DataFile, Location, PartitionSpec, Table};

/// Stack of the engine's workers, in bytes. Deep expressions recurse.
const WORKER_STACK: usize = 64 << 20;

/// Sorted runs that are merged at once. Without a bound the first of several sorts takes all memory for its runs.
const MERGE_WAYS: usize = 8;
/// How long the end of an engine waits for a join that does not hear that it was stopped.
const PATIENCE_AT_END: Duration = Duration::from_secs(1);

/// Rows that are worked on at once; fewer where every row is held in many sorted runs.
const BATCH: usize = 4096;
const SORTED_BATCH: usize = 1024;

/// Rows of a join's side that one thread puts into a table for all threads, times the threads: it saves the distribution of both sides. Chosen
/// by measuring (`benches/tpch.sh`) with two threads.
const SHARED_SIDE: usize = 4 << 20;
/// Bytes of such a row, where a side's size is known in bytes. Chosen.
const ROW_OF_SHARED_SIDE: usize = 64;

/// Set to stop what runs.
pub type Cancel = Arc<AtomicBool>;

/// Memory of the program without a query, most of it code, in bytes.
const PROGRAM: u64 = 64 << 20;

/// A folder of temporary files, which goes with its value.
pub trait SpillFolder: Send + Sync {
    /// Where it is; it need not exist yet, the folder above it does.
    fn path(&self) -> &std::path::Path;
}

/// What the engine may use.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Bytes that the whole process may use; queries get a part of it. Without a number, half of the machine's.
    pub memory_limit: Option<u64>,
    /// Folder in which `spill_folder` makes one for temporary files.
    pub spill: PathBuf,
    /// Called when the engine starts.
    pub spill_folder: fn(&std::path::Path) -> Result<Box<dyn SpillFolder>>,
    /// Folder of data files.
    pub data: PathBuf,
    /// Threads that work side by side.
    pub threads: Option<usize>,
    /// One partition, so that results without an order come in the same order every time.
    pub deterministic: bool,
}

/// Runs plans.
pub struct Engine {
    options: EngineOptions,
    started: OnceLock<Result<Arc<Started>>>,
}

/// What exists once the first plan runs.
pub(super) struct Started {
    pub(super) options: EngineOptions,
    /// Bytes that the whole process may use.
    pub(super) memory_limit: u64,
    /// Bytes that joins in memory may hold.
    pub(super) joins: usize,
    threads: usize,
    pub(super) runtime: Handle,
    /// Taken when the engine ends.
    threads_of_runtime: Option<Runtime>,
    pub(super) environment: Arc<RuntimeEnv>,
    /// Last, so that it goes after the files in it.
    _spill: Box<dyn SpillFolder>,
}

/// How two tables are joined on equal keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// One side in a hash table: fast, cannot spill.
    Hash,
    /// Both sides sorted: spills.
    SortMerge,
}

impl Engine {
    /// An engine with these limits; nothing is started yet.
    pub fn new(options: EngineOptions) -> Self {
        Self { options, started: OnceLock::new() }
    }

    /// Runs a query; its rows come as they are made.
    ///
    /// Errors: the engine cannot be started. What goes wrong later ends the stream.
    pub fn run(&self, plan: &Plan, cancel: &Cancel) -> Result<RowStream> {
        self.run_and_keep(plan, None, None, cancel)
    }

    /// The same, and keeps what passes; no more rows are given than the chunks that begin with the first `shown`.
    ///
    /// Errors: the engine cannot be started.
    pub fn run_and_keep(
        &self,
        plan: &Plan,
        keep: Option<Keep>,
        shown: Option<u64>,
        cancel: &Cancel,
    ) -> Result<RowStream> {
        run::rows_to_keep(self.started()?, plan, keep, shown, cancel)
    }

    /// Runs a query and writes its rows into new data files of a table; on an error no file is left.
    ///
    /// Errors: of the query; a value that does not fit its column; NULL where none may be.
    pub fn write(&self, plan: &Plan, target: &WriteTarget, cancel: &Cancel) -> Result<Vec<DataFile>> {
        write::write(self.started()?, plan.logical(), Some(plan.readable()), plan.dialect(), target, cancel)
    }

    /// Runs the query of a statement that changes rows, and writes the files that hold them anew; on an error no file is left.
    ///
    /// Errors: of the query; a row that changes twice; a value that does not fit its column; NULL where none may be.
    pub fn change(&self, plan: &Plan, target: &ChangeTarget, cancel: &Cancel) -> Result<Changed> {
        write::change(self.started()?, plan, target, cancel)
    }

    /// Runs a query and writes its rows into files outside, which get their names later; on an error no file is left.
    ///
    /// Errors: of the query; a value that does not fit its column; a folder that cannot be written.
    pub fn write_outside(&self, plan: &Plan, target: &OutsideTarget, cancel: &Cancel) -> Result<Drafts> {
        external::write(self.started()?, plan, target, cancel)
    }

    /// The tables in the location of an external schema.
    ///
    /// Errors: a location that cannot be read, or holds too much.
    pub fn tables_below(&self, location: &Location, folders: &Folders, cancel: &Cancel) -> Result<Catalogue> {
        external::tables(self.started()?, location, folders, cancel)
    }

    /// The partitions whose folders are in the location of an external table.
    ///
    /// Errors: a location that cannot be read, or holds too much.
    pub fn partitions_below(
        &self,
        location: &Location,
        columns: &[Column],
        folders: &Folders,
        cancel: &Cancel,
    ) -> Result<Vec<PartitionSpec>> {
        external::partitions(self.started()?, location, columns, folders, cancel)
    }

    /// Writes the rows of `files`, all of one partition of `table`, into one new file.
    ///
    /// Errors: no files, files of several partitions, a damaged file.
    pub fn merge(
        &self,
        table: &Table,
        files: &[DataFile],
        prefix: (&str, Option<&DataKey>),
        cancel: &Cancel,
    ) -> Result<DataFile> {
        merge::merge(self.started()?, table, files, prefix, cancel)
    }

    /// Writes the rows of new files of a table with a primary key, and those of old ones that keep their keys, into further files; all are of one
    /// partition.
    ///
    /// Errors: files of several partitions, a damaged file.
    pub fn upsert(
        &self,
        table: &Table,
        files: (&[DataFile], &[DataFile]),
        prefix: (&str, Option<&DataKey>),
        cancel: &Cancel,
    ) -> Result<Vec<DataFile>> {
        upsert::upsert(self.started()?, table, files, prefix, cancel)
    }

    /// Starts to write the rows of a plan into a text file.
    ///
    /// Errors: the engine cannot be started. What goes wrong later ends the download.
    pub fn download(&self, task: DownloadTask, cancel: &Cancel) -> Result<Downloading> {
        delimited::start_download(self.started()?, task, cancel)
    }

    /// Starts to write the records of text files into new data files.
    ///
    /// Errors: the engine cannot be started; a column of a type that text files do not hold. What goes wrong later ends the upload.
    pub fn upload(&self, task: UploadTask, cancel: &Cancel) -> Result<Uploading> {
        delimited::start_upload(self.started()?, task, cancel)
    }

    fn started(&self) -> Result<Arc<Started>> {
        self.started.get_or_init(|| Started::new(self.options.clone()).map(Arc::new)).clone()
    }
}

impl Drop for Started {
    /// Joins the threads: to detach a thread that is just ending crashes in glibc (bug 19951). A join that is busy does not hear that it was
    /// stopped; after a while nobody waits for it.
    fn drop(&mut self) {
        let Some(runtime) = self.threads_of_runtime.take() else { return };
        match Handle::try_current() {
            Ok(_) => runtime.shutdown_background(),
            Err(_) => runtime.shutdown_timeout(PATIENCE_AT_END),
        }
    }
}

impl Started {
    fn new(options: EngineOptions) -> Result<Self> {
        let no_folder = |_| {
            Error::new(Code::File, "the folder of data files cannot be used")
                .help("check that the folder beside the state file exists and is yours")
        };
        std::fs::create_dir_all(&options.data).map_err(no_folder)?;
        quiet::silence();
        let memory_limit = options.memory_limit.unwrap_or_else(half_of_machine);
        let threads =
            options.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(2);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .max_blocking_threads(threads + 2)
            .thread_stack_size(WORKER_STACK)
            .thread_name(quiet::THREADS)
            .enable_all()
            .build()
            .map_err(|_| Error::new(Code::Internal, "no threads can be started for queries"))?;
        let (pool, joins) = parts(memory_limit);
        let named = NonZeroUsize::new(5).unwrap_or(NonZeroUsize::MIN);
        let spill = (options.spill_folder)(&options.spill)?;
        let spills = Arc::new(Spills::new(spill.path().to_owned()));
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Custom(spills));
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(pool), named)))
            .with_disk_manager_builder(disk)
            .with_metadata_cache_limit(pool / 32)
            .with_max_spill_merge_fan_in(MERGE_WAYS)
            .build_arc()
            .map_err(failure)?;
        let files = LocalFileSystem::new_with_prefix(&options.data)
            .map_err(|_| Error::new(Code::File, "the folder of data files cannot be used"))?;
        let store = ObjectStoreUrl::parse(provider::STORE).map_err(failure)?;
        environment.register_object_store(store.as_ref(), Arc::new(files));
        let handle = runtime.handle().clone();
        let threads_of_runtime = Some(runtime);
        Ok(Self {
            options,
            memory_limit,
            joins,
            threads,
            runtime: handle,
            threads_of_runtime,
            environment,
            _spill: spill,
        })
    }

    /// Threads that work side by side; one where nothing may depend on the machine.
    pub(super) fn workers(&self) -> usize {
        if self.options.deterministic { 1 } else { self.threads.max(1) }
    }

    /// The memory that all work shares.
    pub(super) fn pool(&self) -> Arc<dyn MemoryPool> {
        Arc::clone(&self.environment.memory_pool)
    }

    /// The settings of a plan with so many sorts.
    ///
    /// A sort that is full merges its batches into one run, and holds a copy of their keys meanwhile: it needs about as much
    /// memory for that as for the batches. Half of the pool is kept for it, less beside joins in memory.
    pub(super) fn sorting(&self, mut config: SessionConfig, sorts: usize, joins_in_memory: bool) -> SessionConfig {
        let MemoryLimit::Finite(pool) = self.environment.memory_pool.memory_limit() else { return config };
        let kept = if joins_in_memory { pool / 8 } else { pool / 5 * 2 };
        config.options_mut().execution.sort_spill_reservation_bytes = kept / sorts.max(1);
        config
    }

    /// A session that plans and runs one query.
    pub(super) fn session(&self, join: Join, stops: Vec<Cancel>) -> SessionState {
        // A sort-merge join is only planned for more than one partition.
        let partitions = match (self.options.deterministic, join) {
            (true, Join::Hash) => 1,
            (true, Join::SortMerge) => 2,
            (false, _) => self.threads.max(2),
        };
        let mut config = SessionConfig::new()
            .with_target_partitions(partitions)
            .with_batch_size(if join == Join::Hash { BATCH } else { SORTED_BATCH })
            .with_information_schema(false)
            .with_create_default_catalog_and_schema(false);
        let options = config.options_mut();
        options.extensions.insert(Allowance::new(self.pool(), stops));
        options.execution.time_zone = Some(types::ZONE.to_owned());
        options.execution.collect_statistics = false;
        options.execution.skip_physical_aggregate_schema_check = true;
        options.optimizer.prefer_hash_join = join == Join::Hash;
        options.optimizer.hash_join_single_partition_threshold_rows = SHARED_SIDE / partitions;
        options.optimizer.hash_join_single_partition_threshold = SHARED_SIDE / partitions * ROW_OF_SHARED_SIDE;
        let builder = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(Arc::clone(&self.environment))
            .with_physical_optimizer_rules(pause::physical(single_feed::rules()));
        let mut session = barrier::respected(builder).build();
        // Only so do functions get its options.
        session.mark_start_execution();
        session
    }
}

/// Bytes of `limit` for all queries, and of those for joins in memory.
///
/// The rest is the program itself, and what the engine does not count: batches on their way, files being decoded, freed
/// memory that the allocator keeps. Joins get less than all because of the latter: when they run out and sorted joins
/// begin, the process is nearly as large as both together. Chosen by measuring (`benches/compare.sh`).
fn parts(limit: u64) -> (usize, usize) {
    let pool = (limit.saturating_sub(PROGRAM) / 10 * 6).max(limit / 10 * 3);
    let bytes = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
    (bytes(pool), bytes(pool / 3 * 2))
}

/// Half of the machine's memory, in bytes; a gigabyte where it cannot be asked for.
fn half_of_machine() -> u64 {
    let asked = sysinfo::System::new().map(|mut system| {
        system.refresh_memory();
        system.total_memory() / 2
    });
    asked.unwrap_or(1 << 30)
}

/// The error returned by a cancelled query.
pub(super) fn cancelled() -> Box<Error> {
    Error::new(Code::Cancelled, "stopped")
}

/// Whether to stop.
pub(super) fn is_cancelled(cancel: &Cancel) -> bool {
    cancel.load(Ordering::Relaxed)
}
