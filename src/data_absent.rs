//! The module `data` of a build without the feature `sql`: what `command` and `shell` use of it, and no engine.
//!
//! Every function that makes a query, a plan or the format of a text file fails with [`Code::WithoutSql`]. So there are none: their types hold a
//! [`Never`], and what takes one cannot be called. Fields and methods are those of `data`, and documented there.

#[path = "data_absent/external.rs"]
mod external;
#[path = "data_absent/questions.rs"]
mod questions;
#[path = "data_absent/upload.rs"]
mod upload;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use std::time::Duration;

pub use self::external::{Drafts, Folders, Outside, OutsideTarget, Reach, plan_of};
pub use self::questions::{Found, Probe, TextFile, fits_pattern, look};
pub use self::upload::{BadRecord, Block, UploadEvent, UploadTask, Uploading};
use crate::cipher::DataKey;
use crate::error::{Code, Error, Result};
use crate::model::{
    Column, ColumnId, DataFile, Dialect, KeptRows, Listed, Lost, PartitionSpec, ResultColumn, Row, Table, Time,
    UserCode,
};
use crate::syntax::Name;
use crate::syntax::tunnel::TextOptions;
use crate::text::Span;

type Prefix<'p> = (&'p str, Option<&'p DataKey>);
type NewAndOld<'f> = (&'f [DataFile], &'f [DataFile]);

/// A type without values. The types that hold it keep it private, so that the compiler does not report the code that uses them as unreachable.
#[derive(Clone, Copy)]
enum Never {}

fn without_sql() -> Box<Error> {
    Error::new(Code::WithoutSql, "built without SQL: what reads or writes rows cannot run")
        .help("build with the feature `sql`, which is on by default")
}

/// Methods of types that have no value.
macro_rules! unreachable_methods {
    ($($type:ident { $(fn $name:ident($this:ident: $self:ty $(, $argument:ty)*) -> $result:ty;)* })*) => {
        $(impl $type { $(pub fn $name($this: $self $(, _: $argument)*) -> $result { match $this.0 {} })* })*
    };
}

unreachable_methods! {
    Query {
        fn calls(self: &Self) -> &[Call];
        fn probes(self: &Self) -> &[Probe];
        fn relations(self: &Self) -> &[Relation];
    }
    Plan {
        fn accesses(self: &Self) -> &[RelationAccess];
        fn check_stored(self: &Self) -> Result<()>;
        fn columns(self: &Self) -> &[ResultColumn];
        fn days(self: &Self, &RelationKey) -> Days;
        fn explain(self: &Self) -> Vec<String>;
        fn is_ordered(self: &Self) -> bool;
        fn named(self: &Self) -> &[(RelationKey, String)];
        fn of_partition(self: &Self, &PartitionSpec, usize, Option<u64>) -> Result<Self>;
    }
    RowStream {
        fn kept(self: &mut Self) -> Option<Kept>;
        fn stop(self: &mut Self) -> Option<Box<Error>>;
    }
    TextFormat {
        fn is_cut(self: &Self) -> bool;
        fn writable(self: Self) -> Result<Self>;
    }
    Downloading {
        fn done(self: &Self) -> u64;
        fn poll(self: &mut Self, Duration, impl FnMut() -> Result<()>) -> Poll<Option<Result<Downloaded>>>;
        fn stop(self: &mut Self) -> ();
    }
    Uploading {
        fn done(self: &Self) -> u64;
        fn poll(self: &mut Self, Duration) -> Poll<Option<Result<UploadEvent>>>;
        fn stop(self: &mut Self) -> ();
    }
}

/// Set to stop a statement.
pub type Cancel = Arc<AtomicBool>;

/// What the sources of a plan are looked up by.
pub type RelationKey = (Option<String>, String);

/// The days of rows that are read.
pub type Days = (Option<String>, Option<String>);

/// Most tables of a query, views included: there is no query.
pub const MOST_TABLES: usize = 0;

/// A query that was read.
pub struct Query(Never);

/// A table that a query names.
pub struct Relation {
    pub qualifier: Option<String>,
    pub name: String,
    pub span: Span,
}

impl Relation {
    pub fn key(&self) -> RelationKey {
        (self.qualifier.clone(), self.name.clone())
    }
}

/// A call of a function that is not built in.
#[derive(Clone)]
pub struct Call {
    pub qualifier: Option<String>,
    pub name: String,
    pub span: Option<Span>,
    never: Never,
}

/// Rows of one table.
pub struct TableRows<'r> {
    pub qualifier: &'r [&'r str],
    pub name: &'r str,
    pub span: Span,
    pub columns: &'r [&'r str],
    pub partitions: &'r [Vec<(&'r str, &'r str)>],
    pub limit: Option<u64>,
}

/// Reads a query.
pub fn parse(_: &str, _: usize, _: &Dialect) -> Result<Query> {
    Err(without_sql())
}

/// Whether a query knows a function of this name by itself: no function of a user's own is hidden by one.
pub fn is_function(_: &str) -> bool {
    false
}

/// A piece of the query of a statement that changes rows.
pub enum Part<'p> {
    Fixed(&'static str),
    Number(usize),
    Given(Span),
    Target(&'p Name),
    Row,
}

/// Whether a relation is the table whose rows change: there is no query.
pub fn is_target(_: &RelationKey) -> bool {
    false
}

/// The table with numbered rows.
pub fn numbered(table: Table) -> Table {
    table
}

/// Checks that a column can hold its default: nothing is inserted.
pub fn check_default(_: &Column) -> Result<()> {
    Ok(())
}

/// What is done with rows.
#[derive(Clone)]
pub enum Clause {
    Update(Vec<(ColumnId, usize)>),
    Delete,
    Insert { columns: Vec<(ColumnId, usize)>, dynamic: Vec<(String, usize)> },
}

/// Whose rows change, and how.
pub struct ChangeTarget {
    pub table: Table,
    pub files: Vec<DataFile>,
    pub clauses: Vec<Clause>,
    pub prefix: String,
    pub key: Option<DataKey>,
}

/// What was written.
pub struct Changed {
    pub files: Vec<DataFile>,
    pub replaced: Vec<DataFile>,
}

/// Whether the function of this name, folded, draws random values: none is called.
pub fn is_random(_: &str) -> bool {
    false
}

impl Query {
    pub fn of_table(_: &TableRows<'_>, _: &Dialect) -> Result<Self> {
        Err(without_sql())
    }

    pub fn of_parts(_: &str, _: usize, _: &[Part<'_>], _: &Dialect) -> Result<Self> {
        Err(without_sql())
    }
}

impl Call {
    pub fn unknown(&self) -> Box<Error> {
        match self.never {}
    }

    pub fn typed(&self) -> String {
        match self.never {}
    }

    pub fn placed(&self, _: Box<Error>) -> Box<Error> {
        match self.never {}
    }
}

/// What stands behind a relation.
pub enum Source {
    Table { table: Table, files: Vec<DataFile> },
    External { table: Table, scan: Folders },
    View { table: Table, body: Arc<Plan> },
    Listed { table: Table, rows: Listed },
}

/// A function of a user's own: none is called.
pub struct UserFunction {
    pub code: UserCode,
    pub tables: Vec<Arc<Plan>>,
}

impl UserFunction {
    pub fn new(code: UserCode, tables: Vec<Arc<Plan>>) -> Self {
        Self { code, tables }
    }
}

/// A function in SQL: none has a plan.
pub struct SqlFunction(Never);

impl SqlFunction {
    pub fn new(plan: Arc<Plan>, _: String, _: String) -> Result<Self> {
        match plan.0 {}
    }
}

/// What functions get from outside.
pub struct Context {
    pub now: Time,
    pub seed: u64,
    pub script_seed: u64,
    pub dialect: Arc<Dialect>,
    pub stand_ins: bool,
    pub answers: Vec<bool>,
    pub code: Vec<(Call, Arc<UserFunction>)>,
    pub bodies: Vec<(Call, Arc<SqlFunction>)>,
    pub cancel: Cancel,
}

/// The columns of a relation that a plan touches.
pub struct RelationAccess {
    pub relation: RelationKey,
    pub columns: BTreeSet<String>,
}

/// Columns that the caller of a query does not hold.
#[derive(Default)]
pub struct KeptBack(BTreeMap<RelationKey, BTreeSet<String>>);

impl KeptBack {
    pub fn add(&mut self, relation: RelationKey, columns: BTreeSet<String>) {
        self.0.insert(relation, columns);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A query that was planned.
pub struct Plan(Never);

/// Why a query has no plan.
pub struct Unplanned {
    pub error: Box<Error>,
    pub too_large: bool,
}

impl Unplanned {
    pub fn misses_a_column(&self) -> bool {
        false
    }
}

impl From<Box<Error>> for Unplanned {
    fn from(error: Box<Error>) -> Self {
        Self { error, too_large: false }
    }
}

/// What comes of a query whose caller holds only columns of some relations.
pub enum Held {
    Plan(Plan),
    Touches(Vec<RelationAccess>),
}

/// The seed of a part of something: there is nothing that draws from it.
pub fn seed_of(whole: u64, _: i64) -> u64 {
    whole
}

/// Plans a query.
pub fn plan(query: &Query, _: &BTreeMap<RelationKey, Source>, _: &Context) -> Result<Plan, Unplanned> {
    match query.0 {}
}

/// Plans a query whose caller holds only columns of some relations.
pub fn plan_held(
    query: &Query,
    _: &BTreeMap<RelationKey, Source>,
    _: &KeptBack,
    _: &Context,
) -> Result<Held, Unplanned> {
    match query.0 {}
}

/// The bytes that a plan reads.
pub fn input_bytes(plan: &Plan) -> Result<u64> {
    match plan.0 {}
}

/// How a result is kept.
pub struct Keep {
    pub prefix: String,
    pub small: usize,
    pub limit: u64,
    pub key: Option<DataKey>,
}

/// What became of a result that was to be kept.
pub enum Kept {
    Rows(u64, KeptRows),
    Lost(Lost),
}

/// The plan that reads a kept result.
pub fn kept(_: Vec<ResultColumn>, _: bool, _: KeptRows, _: &Arc<Dialect>) -> Result<Plan> {
    Err(without_sql())
}

/// A folder of temporary files, which goes with its value.
pub trait SpillFolder: Send + Sync {
    fn path(&self) -> &Path;
}

/// What the engine may use.
pub struct EngineOptions {
    pub memory_limit: Option<u64>,
    pub spill: PathBuf,
    pub spill_folder: fn(&Path) -> Result<Box<dyn SpillFolder>>,
    pub data: PathBuf,
    pub threads: Option<usize>,
    pub deterministic: bool,
}

/// Where the rows of a plan are written.
#[derive(Debug, Clone)]
pub struct WriteTarget {
    pub table: Table,
    pub columns: Vec<ColumnId>,
    pub fixed: Vec<(String, String)>,
    pub dynamic: Vec<String>,
    pub prefix: String,
    pub key: Option<DataKey>,
}

/// The rows of a query that runs.
pub struct RowStream(Never);

impl Iterator for RowStream {
    type Item = Result<Vec<Row>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0 {}
    }
}

/// What would run plans: a service has one, and no plan to run.
pub struct Engine;

impl Engine {
    pub fn new(_: EngineOptions) -> Self {
        Self
    }

    pub fn run(&self, plan: &Plan, _: &Cancel) -> Result<RowStream> {
        match plan.0 {}
    }

    pub fn run_and_keep(&self, plan: &Plan, _: Option<Keep>, _: Option<u64>, _: &Cancel) -> Result<RowStream> {
        match plan.0 {}
    }

    pub fn write(&self, plan: &Plan, _: &WriteTarget, _: &Cancel) -> Result<Vec<DataFile>> {
        match plan.0 {}
    }

    pub fn change(&self, plan: &Plan, _: &ChangeTarget, _: &Cancel) -> Result<Changed> {
        match plan.0 {}
    }

    pub fn write_outside(&self, plan: &Plan, _: &OutsideTarget, _: &Cancel) -> Result<Drafts> {
        match plan.0 {}
    }

    pub fn merge(&self, _: &Table, _: &[DataFile], _: Prefix<'_>, _: &Cancel) -> Result<DataFile> {
        Err(without_sql())
    }

    pub fn upsert(&self, _: &Table, _: NewAndOld<'_>, _: Prefix<'_>, _: &Cancel) -> Result<Vec<DataFile>> {
        Err(without_sql())
    }

    pub fn download(&self, task: DownloadTask, _: &Cancel) -> Result<Downloading> {
        match task.plan.0 {}
    }

    pub fn upload(&self, task: UploadTask, _: &Cancel) -> Result<Uploading> {
        match task.format.0 {}
    }
}

/// How a text file looks.
#[derive(Clone)]
pub struct TextFormat(Never);

impl TextFormat {
    pub fn new(_: &TextOptions) -> Result<Self> {
        Err(without_sql())
    }
}

/// Opens a file that is written.
pub type OpenFile = Box<dyn FnMut(usize) -> Result<(File, String)>>;

/// Rows on their way into text files.
pub struct DownloadTask {
    pub plan: Arc<Plan>,
    pub columns: usize,
    pub slices: Slices,
    pub format: TextFormat,
    pub open: OpenFile,
}

/// How rows are dealt out to files.
#[derive(Clone)]
pub enum Slices {
    Even { files: usize, rows: Option<u64> },
    Partitions(Vec<(PartitionSpec, Option<u64>)>),
}

/// A download that came to its end.
#[derive(Clone)]
pub struct Downloaded {
    pub rows: u64,
    pub bytes: Vec<u64>,
    pub ambiguous: u64,
    pub milliseconds: u64,
    pub moments: u64,
}

/// A download that runs.
pub struct Downloading(Never);
