//! `odpsh audit`: the end of the audit, and its records as lines for other programs.

use super::check::{open_existing, record};
use super::event::event;
use super::session::Options;
use super::world::World;
use crate::command::Outcome;
use crate::error::Result;
use crate::model::Time;
use crate::store::Store;

/// Records that are read at a time.
const PAGE: u64 = 1_000;

/// `odpsh audit head`: number and hash of the last record, which is that of this command (AUD-1).
///
/// # Errors
/// The state cannot be read or written.
pub fn audit_head(options: &Options) -> Result<Outcome> {
    let store = open_existing(options)?;
    let recorded = record(&store, options, &World::real(), "odpsh audit head", None)?;
    Ok(Outcome::lines([recorded.head.to_string()]))
}

/// `odpsh audit export`: the records of a state, page by page.
pub struct AuditExport {
    store: Store,
    since: Option<Time>,
    /// The number of the last record that was read.
    last: i64,
}

impl AuditExport {
    /// Records that somebody exports them, and begins: with the first record of a time or later.
    ///
    /// # Errors
    /// The state cannot be read or written.
    pub fn begin(options: &Options, since: Option<Time>, follow: bool) -> Result<Self> {
        let store = open_existing(options)?;
        let since_text = since.map(|time| format!(" --since {time}")).unwrap_or_default();
        let command = format!("odpsh audit export{since_text}{}", if follow { " --follow" } else { "" });
        record(&store, options, &World::real(), &command, None)?;
        Ok(Self { store, since, last: 0 })
    }

    /// The next lines; none if there are no further records by now.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn next_lines(&mut self) -> Result<Vec<String>> {
        let records = self.store.read()?.audit_records_after(self.last, self.since, PAGE)?;
        if let Some(record) = records.last() {
            self.last = record.number;
            // What is exported is kept elsewhere as a head: it must not be lost with the machine's power.
            self.store.sync()?;
        }
        Ok(records.iter().map(event).collect())
    }
}
