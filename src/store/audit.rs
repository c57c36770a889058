use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::Time;

/// The audit record of a decided statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When it was decided.
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
    /// The objects, separated by blanks.
    pub objects: String,
    /// `allowed`, `denied`, `failed` or `local` (BND-1).
    pub verdict: &'static str,
    /// The error code of a denial or failure.
    pub code: Option<&'static str>,
    /// The ids of the rules, separated by blanks.
    pub rules: String,
}

/// Longest statement text that a record keeps, in bytes.
///
/// Chosen: the service keeps 256 KB of a job's text.
const LONGEST: usize = 256 * 1024;

impl Write<'_> {
    /// Writes a record.
    pub fn audit(&self, record: &AuditRecord) -> Result<()> {
        let mut end = record.statement.len().min(LONGEST);
        while !record.statement.is_char_boundary(end) {
            end -= 1;
        }
        self.run(
            "insert into audit (time, principal, source, project, job, statement, objects, verdict, code, rules)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            rusqlite::params![
                record.time.0,
                record.principal,
                record.source,
                record.project,
                record.job,
                record.statement.get(..end),
                record.objects,
                record.verdict,
                record.code,
                record.rules,
            ],
        )?;
        Ok(())
    }
}

impl Snapshot<'_> {
    /// The last `rows` records, oldest first.
    pub fn audit_records(&self, rows: u64) -> Result<Vec<AuditRecord>> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let mut records = self.all(
            "select time, principal, source, project, job, statement, objects, verdict, code, rules from audit
             order by id desc limit ?1",
            [rows],
            |row| {
                let verdict: String = row.get(7)?;
                let code: Option<String> = row.get(8)?;
                Ok(AuditRecord {
                    time: Time(row.get(0)?),
                    principal: row.get(1)?,
                    source: row.get(2)?,
                    project: row.get(3)?,
                    job: row.get(4)?,
                    statement: row.get(5)?,
                    objects: row.get(6)?,
                    verdict: ["allowed", "denied", "failed", "local"]
                        .into_iter()
                        .find(|word| *word == verdict)
                        .unwrap_or(""),
                    code: code.and_then(|code| {
                        crate::error::Code::ALL.into_iter().map(crate::error::Code::number).find(|known| *known == code)
                    }),
                    rules: row.get(9)?,
                })
            },
        )?;
        records.reverse();
        Ok(records)
    }
}
