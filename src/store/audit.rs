use rusqlite::types::{FromSqlError, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Params, Row};

use super::audit_block::{BLOCK, Summary, Term, paths};
use super::chain::{HASHED, Hash};
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{AuditVerdict, Time};

/// The audit record of a decided statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When it was decided, on the clock of the session.
    pub time: Time,
    /// Who asked.
    pub principal: String,
    /// From which address.
    pub source: String,
    /// The current project.
    pub project: Option<String>,
    /// The kind of job.
    pub job: Option<String>,
    /// The statement, secrets removed.
    pub statement: String,
    /// `<action>:<path>` of each access, separated by blanks; see [`AuditRecord::objects_of`].
    pub objects: String,
    /// What became of it.
    pub verdict: AuditVerdict,
    /// The error code of a denial or failure.
    pub code: Option<&'static str>,
    /// The ids of the rules, separated by blanks.
    pub rules: String,
}

impl AuditRecord {
    /// The text of `objects` from the name of an action and the path of an object each. A path may have any character, as in a name that was mistyped.
    pub fn objects_of(accesses: impl Iterator<Item = (String, String)>) -> String {
        let mut objects: Vec<String> = Vec::new();
        for (action, path) in accesses {
            let object = format!("{action}:{}", written(&path));
            if !objects.contains(&object) {
                objects.push(object);
            }
        }
        objects.join(" ")
    }
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord {
    /// Its number.
    pub number: i64,
    /// The machine's time when it was written; none of a record that is older than the chain.
    pub machine_time: Option<Time>,
    /// Its hash.
    pub hash: Hash,
    /// What it says.
    pub record: AuditRecord,
}

/// Which records are meant: those that fit everything that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this principal.
    pub principal: Option<String>,
    /// With an access to the object of this path.
    pub object: Option<String>,
    /// With this verdict.
    pub verdict: Option<AuditVerdict>,
    /// With this rule.
    pub rule: Option<String>,
    /// At this time or later, on the clock of the session.
    pub since: Option<Time>,
    /// Before this time.
    pub until: Option<Time>,
}

/// Longest statement text that a record keeps, in bytes.
///
/// Chosen: the service keeps 256 KB of a job's text.
const LONGEST: usize = 256 * 1024;

/// A path without blanks: these, line ends and `%` are written as in URIs.
fn written(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for character in path.chars() {
        if character == '%' || character.is_whitespace() || character.is_control() {
            text.extend(character.to_string().bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            text.push(character);
        }
    }
    text
}

impl Write<'_> {
    /// Writes a record at the end of the chain (AUD-1). The change is the only writer, so no other record can come between.
    pub fn audit(&self, record: &AuditRecord, machine_time: Time) -> Result<()> {
        // The number after every one that was ever given: if the end was cut off, that stays visible.
        let before = self.one(
            "select (select seq from sqlite_sequence where name = 'audit'), (select hash from audit order by id desc limit 1)",
            [],
            |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<Hash>>(1)?)),
        )?;
        let (number, hash) = before.unwrap_or_default();
        let number = number.unwrap_or(0).checked_add(1).ok_or_else(|| {
            Error::new(Code::StateFile, "the state is damaged: the numbers of audit records are used up")
                .help("run `odpsh check`, and restore a backup of the state file and its data folder")
        })?;
        let mut end = record.statement.len().min(LONGEST);
        while !record.statement.is_char_boundary(end) {
            end -= 1;
        }
        let values = [
            ValueRef::Integer(number),
            ValueRef::Integer(record.time.0),
            ValueRef::Integer(machine_time.0),
            text(&record.principal),
            text(&record.source),
            optional(record.project.as_deref()),
            optional(record.job.as_deref()),
            text(record.statement.get(..end).unwrap_or_default()),
            text(&record.objects),
            text(record.verdict.word()),
            optional(record.code),
            text(&record.rules),
        ];
        let hash = hash.unwrap_or(Hash::NONE).next(&values);
        let values = values.iter().map(|value| ToSqlOutput::Borrowed(*value));
        self.run(
            "insert into audit (id, time, machine_time, principal, source, project, job, statement, objects, verdict, code, rules, hash)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            rusqlite::params_from_iter(values.chain([hash.to_sql()?])),
        )?;
        match number % BLOCK {
            0 => self.end_audit_block(number),
            _ => Ok(()),
        }
    }
}

impl Snapshot<'_> {
    /// The last `rows` records that fit the filter, oldest first.
    pub fn audit_records(&self, rows: u64, filter: &AuditFilter) -> Result<Vec<KeptRecord>> {
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let object = filter.object.as_deref().map(written);
        let terms = filter.terms(object.as_deref());
        let mut found = Vec::new();
        let mut last = self.audit_head()?.number;
        while last > 0 && found.len() < rows {
            let before = (last - 1) / BLOCK * BLOCK;
            let summary = if terms.is_empty() && !filter.has_time() { None } else { self.audit_block(last)? };
            if summary.is_none_or(|summary| filter.may_fit(&terms, &summary)) {
                let block = self.records("id > ?1 and id <= ?2 order by id desc", [before, last])?;
                let fitting = block.into_iter().filter(|kept| filter.fits(object.as_deref(), &kept.record));
                found.extend(fitting.take(rows - found.len()));
            }
            last = before;
        }
        found.reverse();
        Ok(found)
    }

    /// The next `rows` records after a number, oldest first, from those of a time or later.
    pub fn audit_records_after(&self, number: i64, since: Option<Time>, rows: u64) -> Result<Vec<KeptRecord>> {
        let since = since.map_or(i64::MIN, |time| time.0);
        self.records(&format!("id > ?1 and time >= ?2 order by id limit {rows}"), [number, since])
    }

    fn records(&self, which: &str, values: impl Params) -> Result<Vec<KeptRecord>> {
        self.all(&format!("select {HASHED}, hash from audit where {which}"), values, record_of)
    }
}

impl AuditFilter {
    fn has_time(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    /// What every record that fits has; `object` is the path as it is written in a record.
    fn terms(&self, object: Option<&str>) -> Vec<u32> {
        let terms = [
            self.principal.as_deref().map(Term::Principal),
            object.map(Term::Object),
            self.rule.as_deref().map(Term::Rule),
            self.verdict.map(|verdict| Term::Verdict(verdict.word())),
        ];
        terms.into_iter().flatten().map(Term::number).collect()
    }

    /// Whether a record of a block may fit.
    fn may_fit(&self, terms: &[u32], block: &Summary) -> bool {
        let (first, last) = block.times.unwrap_or((i64::MIN, i64::MAX));
        terms.iter().all(|term| block.has(*term))
            && self.since.is_none_or(|since| last >= since.0)
            && self.until.is_none_or(|until| first < until.0)
    }

    fn fits(&self, object: Option<&str>, record: &AuditRecord) -> bool {
        self.principal.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&record.principal))
            && object.is_none_or(|wanted| paths(&record.objects).any(|path| path == wanted))
            && self.rule.as_ref().is_none_or(|wanted| record.rules.split(' ').any(|rule| rule == wanted))
            && self.verdict.is_none_or(|wanted| wanted == record.verdict)
            && self.since.is_none_or(|since| record.time >= since)
            && self.until.is_none_or(|until| record.time < until)
    }
}

fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}

fn optional(text: Option<&str>) -> ValueRef<'_> {
    text.map_or(ValueRef::Null, self::text)
}

fn record_of(row: &Row<'_>) -> rusqlite::Result<KeptRecord> {
    let verdict: String = row.get(9)?;
    let code: Option<String> = row.get(10)?;
    let record = AuditRecord {
        time: Time(row.get(1)?),
        principal: row.get(3)?,
        source: row.get(4)?,
        project: row.get(5)?,
        job: row.get(6)?,
        statement: row.get(7)?,
        objects: row.get(8)?,
        verdict: AuditVerdict::parse(&verdict).ok_or(FromSqlError::InvalidType)?,
        code: code.and_then(|code| Code::ALL.into_iter().map(Code::number).find(|known| *known == code)),
        rules: row.get(11)?,
    };
    Ok(KeptRecord {
        number: row.get(0)?,
        machine_time: row.get::<_, Option<i64>>(2)?.map(Time),
        hash: row.get(12)?,
        record,
    })
}
