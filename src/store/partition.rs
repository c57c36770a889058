use super::encryption::{sealed, unsealed};
use super::transaction::{Snapshot, Write};
use super::version::{HAS_FILES, KEEPS};
use crate::cipher::DataKey;
use crate::error::Result;
use crate::model::{ObjectId, PartitionSpec, Time};

/// A partition of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Number; never used again.
    pub id: i64,
    /// Its values.
    pub spec: PartitionSpec,
    /// When it was made.
    pub created: Time,
    /// When its rows last changed.
    pub modified: Time,
}

/// A spec as one text that reads back to the same: `%`, `/`, `=` inside values are escaped.
pub(super) fn encode(spec: &PartitionSpec) -> String {
    let escape = |text: &str| text.replace('%', "%25").replace('/', "%2f").replace('=', "%3d");
    let parts: Vec<String> =
        spec.0.iter().map(|(column, value)| format!("{}={}", escape(column), escape(value))).collect();
    parts.join("/")
}

/// The opposite of [`encode`].
pub(super) fn decode(text: &str) -> PartitionSpec {
    let unescape = |text: &str| text.replace("%3d", "=").replace("%2f", "/").replace("%25", "%");
    let parts = text.split('/').filter_map(|part| part.split_once('='));
    PartitionSpec(parts.map(|(column, value)| (unescape(column), unescape(value))).collect())
}

/// The specs of a table as the state keeps them: those of an encrypted project are ciphertext, the same for the same spec, so that a partition is
/// found by it (ENC-1).
pub(super) struct Specs {
    pub table: String,
    pub key: Option<DataKey>,
}

impl Specs {
    pub fn encode(&self, spec: &PartitionSpec) -> Result<String> {
        kept_text(self.key.as_ref(), &["partition", &self.table], encode(spec))
    }

    pub fn decode(&self, text: &str) -> Result<PartitionSpec> {
        let text = read_text(self.key.as_ref(), &["partition", &self.table], text.to_owned());
        Ok(decode(&unsealed(text, "the name of a partition")?))
    }

    /// The location of a partition, likewise: it may have the values in it.
    pub fn keep_location(&self, location: String) -> Result<String> {
        kept_text(self.key.as_ref(), &["location", &self.table], location)
    }

    pub fn location(&self, text: String) -> Option<String> {
        read_text(self.key.as_ref(), &["location", &self.table], text)
    }
}

/// A text as the state keeps it: as it is, or sealed for its place.
pub(super) fn kept_text(key: Option<&DataKey>, place: &[&str], text: String) -> Result<String> {
    match key {
        None => Ok(text),
        Some(key) => Ok(hexadecimal(&sealed(key.seal(place, text.as_bytes()))?)),
    }
}

/// The opposite of [`kept_text`].
pub(super) fn read_text(key: Option<&DataKey>, place: &[&str], text: String) -> Option<String> {
    match key {
        None => Some(text),
        Some(key) => String::from_utf8(key.open(place, &bytes_of(&text)?)?.to_vec()).ok(),
    }
}

/// Bytes as a text.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that [`hexadecimal`] wrote.
pub(super) fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

impl Snapshot<'_> {
    /// How the specs of a table are kept.
    pub(super) fn specs_of(&self, table: ObjectId) -> Result<Specs> {
        Ok(Specs { table: table.0.to_string(), key: self.data_key_of(table)? })
    }

    /// The partitions of a table, by spec.
    pub fn partitions(&self, table: ObjectId) -> Result<Vec<Partition>> {
        let specs = self.specs_of(table)?;
        let found = self.all(
            "select id, spec, created, modified from partition_object where table_id = ?1 order by spec",
            [table],
            |row| {
                let spec: String = row.get(1)?;
                let (created, modified) = (Time(row.get(2)?), Time(row.get(3)?));
                Ok((spec, Partition { id: row.get(0)?, spec: PartitionSpec::default(), created, modified }))
            },
        )?;
        let found =
            found.into_iter().map(|(spec, partition)| Ok(Partition { spec: specs.decode(&spec)?, ..partition }));
        let mut found = found.collect::<Result<Vec<_>>>()?;
        if specs.key.is_some() {
            found.sort_by_cached_key(|partition| encode(&partition.spec));
        }
        Ok(found)
    }

    /// The number of the partition with this spec.
    pub fn partition(&self, table: ObjectId, spec: &PartitionSpec) -> Result<Option<i64>> {
        let spec = self.specs_of(table)?.encode(spec)?;
        self.one("select id from partition_object where table_id = ?1 and spec = ?2", (table, spec), |row| row.get(0))
    }
}

impl Write<'_> {
    /// Makes a partition, or finds it; its number.
    pub fn ensure_partition(&self, table: ObjectId, spec: &PartitionSpec, now: Time) -> Result<i64> {
        if let Some(id) = self.partition(table, spec)? {
            return Ok(id);
        }
        self.run(
            "insert into partition_object (table_id, spec, created, modified, made)
             select id, ?2, ?3, ?3, version + 1 from table_object where id = ?1",
            (table, self.specs_of(table)?.encode(spec)?, now.0),
        )?;
        Ok(self.last_id())
    }

    /// Notes that the rows of a partition changed.
    pub fn touch_partition(&self, id: i64, now: Time) -> Result<()> {
        self.run("update partition_object set modified = ?2 where id = ?1", (id, now.0))?;
        Ok(())
    }

    /// Gives a partition other values, which no other one has.
    pub fn rename_partition(&self, id: i64, spec: &PartitionSpec) -> Result<()> {
        let table: Option<ObjectId> =
            self.one("select table_id from partition_object where id = ?1", [id], |row| row.get(0))?;
        let Some(table) = table else { return Ok(()) };
        let spec = self.specs_of(table)?.encode(spec)?;
        self.run("update partition_object set spec = ?2 where id = ?1", (id, spec))?;
        Ok(())
    }

    /// Makes the files of one partition those of another.
    pub fn move_files(&self, from: i64, to: i64) -> Result<()> {
        self.keep_files("f.partition_id = ?1", [from])?;
        self.run(
            "update data_file set partition_id = ?2, since = (select t.version + 1 from table_object t where t.id = table_id)
             where partition_id = ?1 and table_id is not null",
            (from, to),
        )?;
        Ok(())
    }

    /// Removes the rows of a partition; its files are dead from then on, unless versions are kept.
    pub fn drop_files(&self, id: i64) -> Result<()> {
        self.keep_files("f.partition_id = ?1", [id])?;
        self.run("update data_file set table_id = null where partition_id = ?1", [id])?;
        Ok(())
    }

    /// Removes a partition; its files are dead from then on, unless versions are kept: then it can be restored.
    pub fn drop_partition(&self, id: i64) -> Result<()> {
        self.drop_files(id)?;
        self.run(
            &format!(
                "insert into dropped_partition (id, table_id, project, spec, created, modified, made, lsn)
                 select q.id, q.table_id, o.project, q.spec, q.created, q.modified, q.made, t.version + 1
                 from partition_object q join table_object t on t.id = q.table_id join object o on o.id = t.id
                 where q.id = ?1 and q.made <= t.version and {HAS_FILES} and {KEEPS}"
            ),
            [id],
        )?;
        self.run("delete from partition_object where id = ?1", [id])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awkward_values_read_back_to_the_same_spec() {
        let values = ["a/b", "x=y", "100%", "%2f", "", "ä b'"];
        let spec = PartitionSpec(values.iter().map(|value| ("ds".to_owned(), (*value).to_owned())).collect());
        assert_eq!(decode(&encode(&spec)), spec);
        let keyed = |byte| Specs { table: "7".to_owned(), key: Some(DataKey::new([byte; 32])) };
        let text = keyed(1).encode(&spec).unwrap();
        assert_eq!(keyed(1).encode(&spec).unwrap(), text);
        assert!(!text.contains("ds="));
        assert_eq!(keyed(1).decode(&text).unwrap(), spec);
        assert!(keyed(2).decode(&text).is_err() && keyed(1).decode("zz").is_err() && keyed(1).decode("123").is_err());
        assert!(Specs { table: "8".to_owned(), ..keyed(1) }.decode(&text).is_err());
    }
}
