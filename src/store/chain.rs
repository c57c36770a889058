//! The hash chain of the audit (AUD-1): each record has the SHA-256 of the hash before it and of everything that it holds itself.
//!
//! A value is hashed with its type and its length, so that no two records give the same bytes. Numbers of records begin at 1 without a gap.

use std::fmt;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};

use super::audit_block::{BLOCK, Summary, terms};
use super::transaction::Snapshot;
use crate::error::Result;

/// What is hashed, in this order, after the hash before it.
pub(super) const HASHED: &str =
    "id, time, machine_time, principal, source, project, job, statement, objects, verdict, code, rules";
const COUNT: usize = 12;
/// Places in [`HASHED`]; the hash comes after the last.
const ID: usize = 0;
const TIME: usize = 1;
const MACHINE_TIME: usize = 2;
const PRINCIPAL: usize = 3;
const OBJECTS: usize = 8;
const VERDICT: usize = 9;
const RULES: usize = 11;
const HASH: usize = COUNT;

/// The hash of a record, and thereby of every record before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first record.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of a record whose predecessor has this one.
    pub(super) fn next(&self, record: &[ValueRef<'_>; COUNT]) -> Self {
        let mut hasher = Sha256::new_with_prefix(self.0);
        for value in record {
            match value {
                ValueRef::Null => hasher.update([0]),
                ValueRef::Integer(number) => {
                    hasher.update([1]);
                    hasher.update(number.to_be_bytes());
                }
                ValueRef::Real(number) => {
                    hasher.update([2]);
                    hasher.update(number.to_be_bytes());
                }
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    hasher.update([if matches!(value, ValueRef::Text(_)) { 3 } else { 4 }]);
                    hasher.update((bytes.len() as u64).to_be_bytes());
                    hasher.update(bytes);
                }
            }
        }
        Self(hasher.finalize().into())
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        (digits.len() == 64).then_some(bytes)?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromSql for Hash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(Self)
    }
}

impl ToSql for Hash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
    }
}

/// A record of the audit, with everything before it: `<number>:<hash>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 before the first record.
    pub number: i64,
    /// Its hash.
    pub hash: Hash,
}

impl Head {
    /// Reads `<number>:<hash>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once(':')?;
        let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        Some(Self { number: is_number.then(|| number.parse().ok())??, hash: Hash::parse(hash)? })
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

impl Snapshot<'_> {
    /// The last record; before the first one, number 0.
    pub fn audit_head(&self) -> Result<Head> {
        let last = self.one("select id, hash from audit order by id desc limit 1", [], |row| {
            Ok(Head { number: row.get(0)?, hash: row.get(1)? })
        })?;
        Ok(last.unwrap_or(Head { number: 0, hash: Hash::NONE }))
    }

    /// The number of the last record that was written before the state had a chain; 0 if there is none.
    pub fn audit_before_chain(&self) -> Result<i64> {
        // Whoever changes this changes what the first record with a machine time follows: the records of a migration come first.
        let first = self.one("select id from audit where machine_time is not null order by id limit 1", [], |row| {
            row.get::<_, i64>(0)
        })?;
        Ok(match first {
            Some(first) => first - 1,
            None => self.audit_head()?.number,
        })
    }

    /// Follows the chain, and compares it with a head that was kept elsewhere. The first broken record comes first.
    pub(super) fn audit_damage(&self, kept: Option<&Head>) -> Result<Vec<String>> {
        let (mut last, mut hash) = (0, Hash::NONE);
        let mut kept_hash = kept.filter(|kept| kept.number == 0).map(|_| Hash::NONE);
        let mut blocks = Blocks::default();
        let mut broken = None;
        let mut statement = self.connection().prepare(&format!("select {HASHED}, hash from audit order by id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let record = values(row)?;
            let ValueRef::Integer(id) = record[ID] else { continue };
            // Records of an earlier layout were numbered without a check.
            if broken.is_none() && id != last + 1 && record[MACHINE_TIME] != ValueRef::Null {
                broken = Some(match id - 1 - last {
                    1 => format!("audit record {} was removed", last + 1),
                    _ => format!("audit records {} to {} were removed", last + 1, id - 1),
                });
            }
            let stored = row.get_ref(HASH)?.as_blob().ok().and_then(|bytes| bytes.try_into().ok()).map(Hash);
            hash = hash.next(&record);
            if broken.is_none() && stored != Some(hash) {
                let before =
                    if last == 0 { String::new() } else { format!(", or record {last} before it was replaced") };
                broken = Some(format!("audit record {id} was changed or put in{before}"));
            }
            // What follows is compared with what is stored: only the first break is named.
            hash = stored.unwrap_or(hash);
            if kept.is_some_and(|kept| kept.number == id) {
                kept_hash = Some(hash);
            }
            if broken.is_none()
                && let Some(summary) = blocks.add(&record)
                && !summary.is_kept(id, self.connection())?
            {
                broken = Some(format!("the summary of audit records {} to {id} does not fit them", id - BLOCK + 1));
            }
            last = id;
        }
        let numbered = self
            .one("select seq from sqlite_sequence where name = 'audit'", [], |row| row.get::<_, i64>(0))?
            .unwrap_or(0);
        if broken.is_none() && numbered != last {
            broken = Some(match numbered > last {
                true => format!("audit record {} and what follows it were removed", last + 1),
                false => format!("audit record {last} was put in"),
            });
        }
        let summaries = self.one("select count(*) from audit_block", [], |row| row.get::<_, i64>(0))?;
        if broken.is_none() && summaries != Some(blocks.full) {
            broken = Some("there are summaries of audit records that do not exist".to_owned());
        }
        let of_head = kept.and_then(|kept| match kept_hash {
            Some(hash) if hash == kept.hash => None,
            Some(_) => {
                Some(format!("audit record {} is not the one of this head: the audit was rewritten", kept.number))
            }
            None => {
                Some(format!("audit record {} of this head is missing: the audit ends at record {last}", kept.number))
            }
        });
        Ok(broken.into_iter().chain(of_head).collect())
    }
}

/// Puts records together to blocks, in the order of their numbers.
#[derive(Default)]
struct Blocks {
    block: i64,
    summary: Summary,
    /// The number of blocks that ended.
    full: i64,
}

impl Blocks {
    /// The summary of the block that ends with this record.
    fn add(&mut self, record: &[ValueRef<'_>; COUNT]) -> Option<Summary> {
        let number = |value: ValueRef<'_>| value.as_i64().unwrap_or_default();
        let (id, time) = (number(record[ID]), number(record[TIME]));
        if self.block != (id - 1) / BLOCK {
            (self.block, self.summary) = ((id - 1) / BLOCK, Summary::default());
        }
        fn text(value: ValueRef<'_>) -> &str {
            value.as_str().unwrap_or_default()
        }
        let terms = terms(text(record[PRINCIPAL]), text(record[OBJECTS]), text(record[RULES]), text(record[VERDICT]));
        self.summary.add(time, terms.into_iter());
        if id % BLOCK != 0 {
            return None;
        }
        self.full += 1;
        Some(std::mem::take(&mut self.summary))
    }
}

/// Chains the records of a state that had no chain, and summarises its blocks: what is changed from now on shows.
pub(super) fn seal(state: &Connection) -> Result<()> {
    let mut records = state.prepare(&format!("select {HASHED} from audit order by id"))?;
    let mut write = state.prepare("update audit set hash = ?2 where id = ?1")?;
    let mut hash = Hash::NONE;
    let mut blocks = Blocks::default();
    let mut rows = records.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(ID)?;
        let record = values(row)?;
        hash = hash.next(&record);
        if let Some(summary) = blocks.add(&record) {
            summary.keep(id, state)?;
        }
        write.execute(rusqlite::params![id, hash])?;
    }
    Ok(())
}

fn values<'r>(row: &'r Row<'_>) -> rusqlite::Result<[ValueRef<'r>; COUNT]> {
    let mut values = [ValueRef::Null; COUNT];
    for (place, value) in values.iter_mut().enumerate() {
        *value = row.get_ref(place)?;
    }
    Ok(values)
}
