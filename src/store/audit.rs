use rusqlite::types::{FromSqlError, ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Params, Row};
use sha2::{Digest, Sha256};

use super::chain::{HASHED, Hash};
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Result};
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

/// More records than an index is asked to count.
const MANY: i64 = 20_000;

/// So many of the last records are looked through before an index is used: what many records fit is found there.
const RECENT: i64 = 5_000;

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

/// The paths in the `objects` of a record; one that several actions are about comes several times.
fn paths(objects: &str) -> impl Iterator<Item = &str> {
    objects.split(' ').filter_map(|object| object.split_once(':').map(|(_, path)| path))
}

/// The keys of the objects of a record, each once.
pub(super) fn object_keys(objects: &str) -> Vec<i64> {
    let mut keys: Vec<i64> = paths(objects).map(object_key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The number that stands for a path in the index.
fn object_key(path: &str) -> i64 {
    let hash: [u8; 32] = Sha256::digest(path).into();
    hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
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
        let number = number.unwrap_or(0) + 1;
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
        for object in object_keys(&record.objects) {
            self.run("insert into audit_object (object, record) values (?1, ?2)", [object, number])?;
        }
        Ok(())
    }
}

impl Snapshot<'_> {
    /// The last `rows` records that fit the filter, oldest first.
    pub fn audit_records(&self, rows: u64, filter: &AuditFilter) -> Result<Vec<KeptRecord>> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let conditions = filter.conditions();
        let values: Vec<&Value> = conditions.iter().map(|condition| &condition.value).collect();
        let fits: String =
            (1..).zip(&conditions).map(|(place, condition)| format!(" and {}", condition.holds(place))).collect();
        let last = self.audit_head()?.number;
        let recent = format!("from audit a not indexed where a.id > {}{fits}", last.saturating_sub(RECENT));
        let mut records = self.records(&recent, "desc", rows, rusqlite::params_from_iter(&values))?;
        if i64::try_from(records.len()).is_ok_and(|found| found < rows) && last > RECENT {
            // Of the indexes that help, the one that finds the fewest records.
            let mut best: Option<(i64, String)> = None;
            for (place, condition) in (1..).zip(&conditions) {
                let sql = format!("select count(*) from (select 1 from {} limit {MANY})", condition.found(1));
                let count = self.one(&sql, [&condition.value], |row| row.get(0))?.unwrap_or(MANY);
                if best.as_ref().is_none_or(|(least, _)| count < *least) {
                    best = Some((count, condition.found(place)));
                }
            }
            let found = best.map_or_else(|| "audit a not indexed where true".to_owned(), |(_, found)| found);
            records =
                self.records(&format!("from {found}{fits}"), "desc", rows, rusqlite::params_from_iter(&values))?;
        }
        records.reverse();
        Ok(records)
    }

    /// The next `rows` records after a number, oldest first, from those of a time or later.
    pub fn audit_records_after(&self, number: i64, since: Option<Time>, rows: u64) -> Result<Vec<KeptRecord>> {
        let since = since.map_or(i64::MIN, |time| time.0);
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.records("from audit a not indexed where a.id > ?1 and a.time >= ?2", "asc", rows, [number, since])
    }

    fn records(&self, from: &str, order: &str, rows: i64, values: impl Params) -> Result<Vec<KeptRecord>> {
        let columns = HASHED.replace(", ", ", a.");
        let sql = format!("select a.{columns}, a.hash {from} order by a.id {order} limit {rows}");
        self.all(&sql, values, record_of)
    }
}

/// One condition of a filter.
struct Condition {
    on: On,
    value: Value,
}

enum On {
    /// The key of the object.
    Object(i64),
    Principal,
    Rule,
    Since,
    Until,
    Verdict,
}

impl AuditFilter {
    fn conditions(&self) -> Vec<Condition> {
        let object = self
            .object
            .as_ref()
            .map(|path| written(path))
            .map(|path| Condition { on: On::Object(object_key(&path)), value: format!(":{path} ").into() });
        let condition = |on, value: Option<Value>| value.map(|value| Condition { on, value });
        let conditions = [
            object,
            condition(On::Principal, self.principal.clone().map(Value::from)),
            condition(On::Rule, self.rule.as_ref().map(|rule| format!(" {rule} ").into())),
            condition(On::Verdict, self.verdict.map(|verdict| verdict.word().to_owned().into())),
            condition(On::Since, self.since.map(|time| time.0.into())),
            condition(On::Until, self.until.map(|time| time.0.into())),
        ];
        conditions.into_iter().flatten().collect()
    }
}

impl Condition {
    /// The condition on a record `a`; its value is the parameter of this number.
    fn holds(&self, parameter: usize) -> String {
        let condition = match self.on {
            On::Object(_) => "instr(' ' || a.objects || ' ', ?) > 0",
            On::Principal => "a.principal = ? collate nocase",
            On::Rule => "instr(' ' || a.rules || ' ', ?) > 0",
            On::Since => "a.time >= ?",
            On::Until => "a.time < ?",
            On::Verdict => "a.verdict = ?",
        };
        condition.replace('?', &format!("?{parameter}"))
    }

    /// The records `a` that fit, or may fit, found by an index.
    fn found(&self, parameter: usize) -> String {
        let holds = self.holds(parameter);
        match self.on {
            On::Object(key) => {
                format!("audit a not indexed where a.id in (select record from audit_object where object = {key}) and {holds}")
            }
            On::Principal => format!("audit a indexed by audit_principal where {holds}"),
            // There are few lists of rules, each in many records: the index is asked for one list after the other.
            On::Rule => format!(
                "audit a indexed by audit_rules where a.rules in (with recursive list (rules) as (
                   select min(rules) from audit
                   union all select (select min(b.rules) from audit b where b.rules > list.rules) from list where list.rules is not null)
                 select a.rules from list a where {holds})"
            ),
            On::Since | On::Until => format!("audit a indexed by audit_time where {holds}"),
            // What most records have is in no index.
            On::Verdict if self.value == Value::from(AuditVerdict::Allowed.word().to_owned()) => {
                format!("audit a not indexed where {holds}")
            }
            On::Verdict => format!("audit a indexed by audit_verdict where a.verdict <> 'allowed' and {holds}"),
        }
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
