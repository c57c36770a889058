use super::transaction::{Snapshot, Write};
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

impl Snapshot<'_> {
    /// The partitions of a table, by spec.
    pub fn partitions(&self, table: ObjectId) -> Result<Vec<Partition>> {
        self.all(
            "select id, spec, created, modified from partition_object where table_id = ?1 order by spec",
            [table],
            |row| {
                Ok(Partition {
                    id: row.get(0)?,
                    spec: decode(&row.get::<_, String>(1)?),
                    created: Time(row.get(2)?),
                    modified: Time(row.get(3)?),
                })
            },
        )
    }

    /// The number of the partition with this spec.
    pub fn partition(&self, table: ObjectId, spec: &PartitionSpec) -> Result<Option<i64>> {
        self.one("select id from partition_object where table_id = ?1 and spec = ?2", (table, encode(spec)), |row| {
            row.get(0)
        })
    }
}

impl Write<'_> {
    /// Makes a partition, or finds it; its number.
    pub fn ensure_partition(&self, table: ObjectId, spec: &PartitionSpec, now: Time) -> Result<i64> {
        if let Some(id) = self.partition(table, spec)? {
            return Ok(id);
        }
        self.run(
            "insert into partition_object (table_id, spec, created, modified) values (?1, ?2, ?3, ?3)",
            (table, encode(spec), now.0),
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
        self.run("update partition_object set spec = ?2 where id = ?1", (id, encode(spec)))?;
        Ok(())
    }

    /// Makes the files of one partition those of another.
    pub fn move_files(&self, from: i64, to: i64) -> Result<()> {
        self.run(
            "update data_file set partition_id = ?2 where partition_id = ?1 and table_id is not null",
            (from, to),
        )?;
        Ok(())
    }

    /// Removes the rows of a partition; its files are dead from then on.
    pub fn drop_files(&self, id: i64) -> Result<()> {
        self.run("update data_file set table_id = null where partition_id = ?1", [id])?;
        Ok(())
    }

    /// Removes a partition; its files are dead from then on.
    pub fn drop_partition(&self, id: i64) -> Result<()> {
        self.drop_files(id)?;
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
    }
}
