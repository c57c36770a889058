//! Transcripts: scripts whose expected output stands under each statement in comments, run by `odpsh test`.
//!
//! ```text
//! -- One sentence that is true if this file passes.
//! use prj_a;
//! select id from t;
//! --> +------------+
//! --> …
//! drop table nope;
//! --! ODPS-0130131:… Table not found …
//! select * from prj_b.t;
//! --! PRJ-2
//! ```
//!
//! | line | is |
//! | --- | --- |
//! | `--> text` | a line of data; a lone `-->` expects none, `-->?` is yet to be filled in |
//! | `--~ text` | a line beside the data, other than a plain `OK` |
//! | `--! FLW-4` | it is denied, and this rule decided so; other `--!` lines may stand beside it |
//! | `--! text` | the error: first its headline without `FAILED: `, then, as far as wanted, `help: …` and lines of its trail |
//! | `--? access` | what the statement asks for: see below |
//! | `--+ text` | continues the expected line above it: `text` and the blanks before it are appended |
//! | `--: shell 2` | go on in another session on the same state; `--: shell 1` goes back |
//! | `--: reopen` | close every session, open the state again |
//! | `--@ world name` | before the first statement: run the statements of `worlds/name.odps`, beside this file or in the nearest folder above it |
//!
//! `…` matches anything in or at the end of a line; a last line of `…` alone matches all further lines. Without a `--!`
//! line a statement must succeed; lines of a kind that is not expected at all are not compared. Blanks at line ends and
//! beside `…`, and empty lines before the data, do not count. Positions in headlines count from the statement's own first
//! line. A statement that is none is an error like any other here, so that refusals of the parser can be written down too.
//!
//! A `--!` that names no rule and no words of the message, such as `--! …` or `--! ODPS-0130013:…`, passes for any reason: it is
//! reported as a warning. A statement that succeeds where a denial is expected is reported with the trail that allowed it.
//!
//! A statement can be inspected before it runs; its lines stand indented below the tag, and are complete:
//!
//! ```text
//! select id from prj_a.v;
//! --? access
//! --?   Select (id) on view prj_a.v, as ALIYUN$amy@aliyun.com
//! --?   Select (id) on table prj_a.t, as ALIYUN$bob@aliyun.com, owner of view prj_a.v
//! --? flows
//! --?   table prj_a.t to project prj_b, through view prj_a.v
//! --? why
//! --?   …
//! ```
//!
//! | tag | shows |
//! | --- | --- |
//! | `--? access` | the requirements: the action, the columns, the object, and with whose rights |
//! | `--? flows` | which data would go where, and the views through which it is read |
//! | `--? why` | the whole explanation and the verdict, with facts that `.why` keeps from the caller |
//!
//! It is bound and decided as it would be when it runs, and changes neither the state nor the audit.
//!
//! `--bless` fills in `-->?`, `--~?` and tags without lines, `--bless=all` also rewrites lines of these kinds that differ. Neither
//! touches a `--!`, nor a file in which anything else differs.
//!
//! Every file runs in a fresh world with a fixed clock. A world that it names is a transcript too, whose statements must all succeed: it shows
//! what it contains in its first lines, and is tested like any other. Never looks at the user's own state.

mod action;
mod bless;
mod compare;
mod expectation;
mod find;
mod folder;
mod pattern;
mod report;
mod run;
mod runner;
mod source;
mod split;
mod stage;
mod world;

pub use action::Action;
pub use expectation::{Expectation, Expected, Kind};
pub use find::find;
pub use report::{Difference, FileReport, Format, Verdict, write};
pub use run::{Mode, Options, run};
pub use source::{Step, Transcript};
pub use stage::Stage;
pub use world::StartWorld;
