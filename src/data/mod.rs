//! Queries: from their text to the plan to run, and from the plan to rows and data files.
//!
//! The only room that names the query engine and its memory format. A query goes through it in two steps, so that
//! nothing is bound or read before it is allowed:
//!
//! 1. [`parse()`] reads the text with the one lexer, refuses what is no query, and rewrites the tree: every clause is
//!    known, or refused; named subqueries are scoped; each table gets an internal name. [`Query::relations`] says which
//!    tables are asked for. No table is looked up.
//! 2. [`plan()`] binds those names to [`Source`]s, which the caller has found and may know. [`Plan::accesses`] says
//!    which columns the query touches, read off the plan before anything is folded, moved or left out; views are tables
//!    there, and only afterwards their bodies are put in. No file is touched.
//!
//! Then, if all of it is allowed, [`Engine`] runs the plan.
//!
//! This room decides nothing, knows no principal, and never runs text: only queries reach the planner, which knows the
//! tables of one query, the functions and the types, and no file, variable or catalog.

mod accesses;
mod after_filters;
mod agreement;
mod barrier;
mod branches;
mod calls;
mod cells;
mod change;
mod closed_limits;
mod column_patterns;
mod conversion;
mod cost;
mod counted_rows;
mod delimited;
mod dialect;
mod distinct_names;
mod drawn;
mod effort;
mod encryption;
mod engine;
mod exactness;
mod external;
mod failure;
mod file_order;
mod full_scan;
mod functions;
mod generators;
mod guards;
mod inlining;
mod kept;
mod kept_back;
mod keywords;
mod lateral;
mod limits;
mod listed;
mod meaning;
mod membership;
mod memory;
mod merge;
mod message;
mod moments;
mod newest_partition;
mod one_by_one;
mod operators;
mod parse;
mod partition_rows;
mod pause;
mod pivot;
mod plan;
mod planner;
mod portions;
mod printing;
mod provider;
mod quiet;
mod relations;
mod rewrite;
mod run;
mod seeds;
mod single_feed;
mod spans;
mod spill;
mod sql_function;
mod supertype;
mod table_rows;
mod thread;
mod tokens;
mod types;
mod unpruned;
mod upsert;
mod user_function;
mod views;
mod windows;
mod write;

pub use calls::{Call, function_names, is_function};
pub use change::{Part, is_target, numbered};
pub use cost::input_bytes;
pub use delimited::{
    BadRecord, Block, DownloadTask, Downloaded, Downloading, Found, OpenFile, Slices, TextFile, TextFormat,
    UploadEvent, UploadTask, Uploading, look,
};
pub use engine::{Cancel, Engine, EngineOptions, SpillFolder};
pub use external::{Drafts, Folders, Outside, OutsideTarget, Reach, plan_of};
pub use functions::context::is_random;
pub use functions::regex::fits_pattern;
pub use kept::{Keep, Kept, kept};
pub use kept_back::KeptBack;
pub use limits::EXPANDED as MOST_TABLES;
pub use listed::Days;
pub use parse::{Query, parse};
pub use plan::{Context, Held, Plan, RelationAccess, Source, Unplanned, plan, plan_held};
pub use provider::{ManifestTable, scanned_columns};
pub use relations::{Relation, RelationKey};
pub use rewrite::Probe;
pub use run::RowStream;
pub use seeds::seed_of;
pub use sql_function::SqlFunction;
pub use table_rows::TableRows;
pub use user_function::UserFunction;
pub use write::{ChangeTarget, Changed, Clause, WriteTarget, check_default};
