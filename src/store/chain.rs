//! The hash chain of the audit (AUD-1): each record has the SHA-256 of the hash before it and of everything that it holds itself.
//!
//! A value is hashed with its type and its length, so that no two records give the same bytes. Numbers of records begin at 1 without a gap.

use std::fmt;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};

use super::audit::object_keys;
use super::transaction::Snapshot;
use crate::error::Result;

/// What is hashed, in this order, after the hash before it.
pub(super) const HASHED: &str =
    "id, time, machine_time, principal, source, project, job, statement, objects, verdict, code, rules";
const COUNT: usize = 12;
/// The places of `id`, `machine_time` and `objects` in [`HASHED`]; the hash comes after the last.
const ID: usize = 0;
const MACHINE_TIME: usize = 2;
const OBJECTS: usize = 8;
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

    /// Follows the chain, and compares it with a head that was kept elsewhere.
    pub(super) fn audit_damage(&self, kept: Option<&Head>) -> Result<Vec<String>> {
        let mut damage = Vec::new();
        let (mut last, mut hash) = (0, Hash::NONE);
        let mut kept_hash = kept.filter(|kept| kept.number == 0).map(|_| Hash::NONE);
        let (mut in_records, mut in_index) = (0_u64, 0_u64);
        let mut broken = None;
        let mut statement =
            self.connection().prepare(&format!("select {HASHED}, hash from audit not indexed order by id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let record = values(row)?;
            let (ValueRef::Integer(id), ValueRef::Text(objects)) = (record[ID], record[OBJECTS]) else {
                broken.get_or_insert_with(|| format!("audit record {} cannot be read", last + 1));
                continue;
            };
            // Records of an earlier layout were numbered without a check.
            if broken.is_none() && id != last + 1 && record[MACHINE_TIME] != ValueRef::Null {
                broken = Some(match id - 1 - last {
                    1 => format!("audit record {} was taken out", last + 1),
                    _ => format!("audit records {} to {} were taken out", last + 1, id - 1),
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
            for object in object_keys(&String::from_utf8_lossy(objects)) {
                in_records = in_records.wrapping_add(pair(object, id));
            }
            last = id;
        }
        let numbered =
            self.one("select seq from sqlite_sequence where name = 'audit'", [], |row| row.get::<_, i64>(0))?;
        let numbered = numbered.unwrap_or(0);
        if broken.is_none() && numbered != last {
            broken = Some(match numbered > last {
                true => format!("audit record {} and what follows it were taken out", last + 1),
                false => format!("audit record {last} was put in"),
            });
        }
        damage.extend(broken);
        if let Some(kept) = kept {
            match kept_hash {
                Some(hash) if hash == kept.hash => {}
                Some(_) => damage.push(format!(
                    "audit record {} is not the one of this head: the audit was written anew",
                    kept.number
                )),
                None => damage.push(format!(
                    "audit record {} of this head is missing: the audit ends at record {last}",
                    kept.number
                )),
            }
        }
        let mut statement = self.connection().prepare("select object, record from audit_object")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            in_index = in_index.wrapping_add(pair(row.get(0)?, row.get(1)?));
        }
        if in_records != in_index {
            damage.push("the index of the objects in the audit does not fit its records".to_owned());
        }
        Ok(damage)
    }
}

/// Chains the records of a state that had no chain, and indexes their objects: what is changed from now on shows.
pub(super) fn seal(state: &Connection) -> Result<()> {
    let mut records = state.prepare(&format!("select {HASHED} from audit not indexed order by id"))?;
    let mut write = state.prepare("update audit set hash = ?2 where id = ?1")?;
    let mut index = state.prepare("insert into audit_object (object, record) values (?1, ?2)")?;
    let mut hash = Hash::NONE;
    let mut rows = records.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(ID)?;
        let objects: String = row.get(OBJECTS)?;
        hash = hash.next(&values(row)?);
        write.execute(rusqlite::params![id, hash])?;
        for object in object_keys(&objects) {
            index.execute([object, id])?;
        }
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

/// One number for an object in a record; sums of them are the same in any order.
fn pair(object: i64, record: i64) -> u64 {
    // Source: SplitMix64, whose steps no two numbers share.
    let mut mixed = object.cast_unsigned() ^ record.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
