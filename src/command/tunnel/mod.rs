//! Tunnel: what an upload and a download need and move; what is told of them.
//!
//! An upload asks Update and Describe, a download Select or Describe and Download, both as a job of type `DT` and without
//! CreateInstance (STG-5). Files are named here and touched by `shell` only.

mod download;
mod session;
mod upload;

pub use download::{Download, Part as DownloadPart};
pub use upload::{Resumed, Upload};

use super::bound::{Bound, Context};
use super::unbound::settled;
use crate::error::Result;
use crate::store::Snapshot;
use crate::syntax::tunnel::Statement;

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Upload { path, target, options } => upload::bind(path, target, options, context, snapshot),
        Statement::Download { source, path, options } => {
            settled(download::bind(source, path, options, context, snapshot))
        }
        Statement::Resume { session, force } => upload::bind_resume(session.as_ref(), *force, context, snapshot),
        Statement::ShowHistory { number } => Ok(session::bind_history(*number, context)),
        Statement::ShowLog { session } => Ok(session::bind_log(session.as_ref(), context)),
        Statement::ShowBad { session } => Ok(session::bind_bad(session.as_ref(), context)),
        Statement::Purge { days } => Ok(session::bind_purge(*days, context)),
        Statement::Help { command } => Ok(session::bind_help(*command, context)),
    }
}

/// Whether the statement reads or writes rows.
pub(super) fn touches_rows(statement: &Statement) -> bool {
    matches!(statement, Statement::Upload { .. } | Statement::Download { .. } | Statement::Resume { .. })
}
