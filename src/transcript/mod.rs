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
//! ```
//!
//! | line | is |
//! | --- | --- |
//! | `--> text` | a line of data; a lone `-->` expects none |
//! | `--~ text` | a line beside the data, other than a plain `OK` |
//! | `--! text` | the error: first its headline without `FAILED: `, then, as far as wanted, `help: …` and lines of its trail |
//! | `--: shell 2` | go on in another session on the same state; `--: shell 1` goes back |
//! | `--: reopen` | close every session, open the state again |
//!
//! `…` matches anything in or at the end of a line; a last line of `…` alone matches all further lines. Without a `--!`
//! line a statement must succeed; lines of a kind that is not expected at all are not compared. Blanks at line ends and
//! beside `…`, and empty lines before the data, do not count. Positions in headlines count from the statement's own first
//! line. A statement that is none is an error like any other here, so that refusals of the parser can be written down too.
//!
//! Every file runs in a fresh world with a fixed clock. Never looks at the user's own state.

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

pub use action::Action;
pub use expectation::{Expectation, Expected, Kind};
pub use find::find;
pub use report::{Difference, FileReport, Format, Verdict, write};
pub use run::{Mode, Options, run};
pub use source::{Step, Transcript};
