//! Summaries of the audit, a block of records each, so that a filter reads only blocks in which records may fit.
//!
//! Indexes would cost each statement more than its record does. A summary is written with the last record of its block, and never changes.

use rusqlite::Connection;

use super::transaction::{Snapshot, Write};
use crate::error::Result;

/// Records of a block; the first one begins with record 1.
pub(super) const BLOCK: i64 = 256;

/// What the records of one block have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// The earliest and the latest time.
    pub times: Option<(i64, i64)>,
    /// The terms of all records, as numbers, in order.
    terms: Vec<u32>,
}

/// What a filter can ask for: a principal, an object, a rule or a verdict.
#[derive(Debug, Clone, Copy)]
pub(super) enum Term<'t> {
    Principal(&'t str),
    /// A path, as it is written in a record.
    Object(&'t str),
    Rule(&'t str),
    Verdict(&'t str),
}

impl Term<'_> {
    /// The number that stands for it in a summary. That two terms have the same costs a look at the records.
    pub fn number(self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        let (kind, text) = match self {
            Self::Principal(text) => {
                hasher.update(b"p");
                hasher.update(text.to_ascii_lowercase().as_bytes());
                return hasher.finalize();
            }
            Self::Object(text) => (b"o", text),
            Self::Rule(text) => (b"r", text),
            Self::Verdict(text) => (b"v", text),
        };
        hasher.update(kind);
        hasher.update(text.as_bytes());
        hasher.finalize()
    }
}

impl Summary {
    /// Adds a record.
    pub fn add(&mut self, time: i64, terms: impl Iterator<Item = u32>) {
        let (since, until) = self.times.unwrap_or((time, time));
        self.times = Some((since.min(time), until.max(time)));
        for term in terms {
            if let Err(place) = self.terms.binary_search(&term) {
                self.terms.insert(place, term);
            }
        }
    }

    /// Whether a record of the block may have a term.
    pub fn has(&self, term: u32) -> bool {
        self.terms.binary_search(&term).is_ok()
    }

    fn blob(&self) -> Vec<u8> {
        self.terms.iter().flat_map(|term| term.to_be_bytes()).collect()
    }

    fn read(since: i64, until: i64, terms: &[u8]) -> Self {
        let terms = terms.as_chunks().0.iter().map(|bytes| u32::from_be_bytes(*bytes)).collect();
        Self { times: Some((since, until)), terms }
    }

    /// Whether the row of the block has this summary.
    pub fn is_kept(&self, last: i64, state: &Connection) -> Result<bool> {
        let mut kept = state.prepare_cached("select since, until, terms from audit_block where last = ?1")?;
        let mut rows = kept.query([last])?;
        let Some(row) = rows.next()? else { return Ok(false) };
        let (since, until) = self.times.unwrap_or_default();
        let terms: Option<&[u8]> = row.get_ref(2)?.as_blob().ok();
        // A value of another type is one that another program wrote.
        let has_time = |column, time| row.get_ref(column).map(|value| value.as_i64().ok() == Some(time));
        Ok(has_time(0, since)? && has_time(1, until)? && terms == Some(&self.blob()))
    }

    /// Keeps the summary of the block that ends with a record.
    pub fn keep(&self, last: i64, state: &Connection) -> Result<()> {
        let (since, until) = self.times.unwrap_or_default();
        state
            .prepare_cached("insert into audit_block (last, since, until, terms) values (?1, ?2, ?3, ?4)")?
            .execute(rusqlite::params![last, since, until, self.blob()])?;
        Ok(())
    }
}

impl Write<'_> {
    /// Keeps the summary of the block that a new record ends.
    pub(super) fn end_audit_block(&self, last: i64) -> Result<()> {
        let mut summary = Summary::default();
        let mut records = self.connection().prepare_cached(
            "select time, principal, objects, rules, verdict from audit where id > ?1 and id <= ?2 order by id",
        )?;
        let mut rows = records.query([last - BLOCK, last])?;
        while let Some(row) = rows.next()? {
            let text = |column| row.get_ref(column).map(|value| value.as_str().unwrap_or_default());
            summary.add(row.get(0)?, terms(text(1)?, text(2)?, text(3)?, text(4)?).into_iter());
        }
        summary.keep(last, self.connection())
    }
}

impl Snapshot<'_> {
    /// The summary of the block that ends with a record; none if it is not full, or damaged.
    pub(super) fn audit_block(&self, last: i64) -> Result<Option<Summary>> {
        let summary = self.one("select since, until, terms from audit_block where last = ?1", [last], |row| {
            // A value of another type is one that another program wrote.
            let parts = (row.get_ref(0)?.as_i64(), row.get_ref(1)?.as_i64(), row.get_ref(2)?.as_blob());
            Ok(match parts {
                (Ok(since), Ok(until), Ok(terms)) => Some(Summary::read(since, until, terms)),
                _ => None,
            })
        })?;
        Ok(summary.flatten())
    }
}

/// The numbers of everything that a filter can ask a record for.
pub(super) fn terms(principal: &str, objects: &str, rules: &str, verdict: &str) -> Vec<u32> {
    let objects = paths(objects).map(Term::Object);
    let rules = rules.split(' ').filter(|rule| !rule.is_empty()).map(Term::Rule);
    let terms = [Term::Principal(principal), Term::Verdict(verdict)].into_iter().chain(objects).chain(rules);
    terms.map(Term::number).collect()
}

/// The paths in the `objects` of a record; one that several actions are about comes several times.
pub(super) fn paths(objects: &str) -> impl Iterator<Item = &str> {
    objects.split(' ').filter_map(|object| object.split_once(':').map(|(_, path)| path))
}
