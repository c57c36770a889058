use rusqlite::Row;

use super::encryption::{sealed, unsealed};
use super::partition::encode;
use super::transaction::{Snapshot, Write};
use crate::cipher::DataKey;
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, ObjectId, PartitionSpec};

/// Counts of rows, as the state keeps them: in plain text, or sealed with the data key of their project for what has this name.
pub(super) struct KeptCounts<const N: usize> {
    pub plain: [Option<u64>; N],
    pub sealed: Option<Vec<u8>>,
}

impl<const N: usize> KeptCounts<N> {
    pub fn of(key: Option<&DataKey>, name: &str, counts: [u64; N]) -> Result<Self> {
        Ok(match key {
            None => Self { plain: counts.map(Some), sealed: None },
            Some(key) => {
                let bytes = counts.map(u64::to_be_bytes).concat();
                Self { plain: [None; N], sealed: Some(sealed(key.seal(&["counts", name], &bytes))?) }
            }
        })
    }

    /// The counts, which must have been kept for this name with this key.
    pub fn read(&self, key: Option<&DataKey>, name: &str) -> Result<[u64; N]> {
        let what = || format!("the row counts of data file `{name}`");
        let mut found = [0; N];
        match (key, &self.sealed) {
            (Some(key), Some(bytes)) => {
                let opened = key.open(&["counts", name], bytes).filter(|opened| opened.len() == N * 8);
                for (count, bytes) in found.iter_mut().zip(unsealed(opened, &what())?.as_chunks::<8>().0) {
                    *count = u64::from_be_bytes(*bytes);
                }
            }
            // What is not sealed in an encrypted project was put there by another program.
            _ => {
                for (count, plain) in found.iter_mut().zip(self.plain) {
                    *count = unsealed(plain.filter(|_| key.is_none()), &what())?;
                }
            }
        }
        Ok(found)
    }
}

impl Snapshot<'_> {
    /// The files that make up a table.
    pub fn files(&self, table: ObjectId) -> Result<Vec<DataFile>> {
        let specs = self.specs_of(table)?;
        let key = specs.key.as_ref();
        let found = self.all(
            "select f.*, p.spec from data_file f left join partition_object p on p.id = f.partition_id
             where f.table_id = ?1 order by p.spec, f.added",
            [table],
            |row| {
                let kept = KeptCounts { plain: [row.get("row_count")?], sealed: row.get("sealed")? };
                Ok((read(row)?, row.get::<_, Option<String>>("spec")?, kept))
            },
        )?;
        let found = found.into_iter().map(|(file, spec, kept)| {
            let partition = spec.map_or_else(|| Ok(PartitionSpec::default()), |spec| specs.decode(&spec))?;
            let [rows] = kept.read(key, &file.name)?;
            let key = key.and_then(|key| key.file_key(&file.name));
            Ok(DataFile { partition, rows, key, ..file })
        });
        let mut found = found.collect::<Result<Vec<_>>>()?;
        if key.is_some() {
            // In the order of their values, which ciphertext does not have; the files of a partition stay in theirs.
            found.sort_by_cached_key(|file| encode(&file.partition));
        }
        Ok(found)
    }

    /// Rows and bytes of a table.
    pub fn size(&self, table: ObjectId) -> Result<(u64, u64)> {
        let files = self.files(table)?;
        Ok((files.iter().map(|file| file.rows).sum(), files.iter().map(|file| file.bytes).sum()))
    }

    /// The number of the last death of a data file.
    pub(super) fn last_death(&self) -> Result<i64> {
        let last = self.one("select next from sequence where name = 'death'", [], |row| row.get(0))?;
        Ok(last.unwrap_or_default())
    }

    /// Every file that is part of a table or of a version of one, for `check`.
    pub(super) fn all_files(&self) -> Result<Vec<DataFile>> {
        self.all("select f.*, null as spec from data_file f where f.table_id is not null or f.kept = 1", [], read)
    }
}

impl Write<'_> {
    /// Announces that the holder of a lease will write files whose names start with `prefix`.
    pub fn announce(&self, prefix: &str, lease: &str) -> Result<()> {
        self.run("insert into writing (prefix, lease) values (?1, ?2)", (prefix, lease))?;
        Ok(())
    }

    /// A job failed: what it has written is deleted by the next sweep. Its announcement is missing if another process took it for abandoned.
    pub fn keep_announced(&self, prefix: &str) -> Result<()> {
        self.run("insert into writing (prefix, lease) values (?1, '') on conflict (prefix) do nothing", [prefix])?;
        Ok(())
    }

    /// The job is over: its files are part of a table, or were deleted.
    ///
    /// # Errors
    /// There is no such announcement: another process ended the job and deleted its files.
    pub fn end_announcement(&self, prefix: &str) -> Result<()> {
        match self.run("delete from writing where prefix = ?1", [prefix])? {
            0 => Err(abandoned()),
            _ => Ok(()),
        }
    }

    /// Makes a file part of a table.
    pub fn add_file(&self, table: ObjectId, partition: Option<i64>, file: &DataFile) -> Result<()> {
        let added = self.number_file()?;
        let kept = KeptCounts::of(self.data_key_of(table)?.as_ref(), &file.name, [file.rows])?;
        self.run(
            "insert into data_file (name, table_id, partition_id, row_count, sealed, byte_count, checksum, added, since)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (select version + 1 from table_object where id = ?2))",
            rusqlite::params![
                file.name,
                table,
                partition,
                kept.plain[0],
                kept.sealed,
                file.bytes,
                file.checksum,
                added
            ],
        )?;
        Ok(())
    }

    /// Takes all files of a table, or of one partition of it, out of it: they are dead from then on, unless versions are kept.
    pub fn remove_files(&self, table: ObjectId, partition: Option<i64>) -> Result<usize> {
        match partition {
            Some(partition) => self.keep_files("f.table_id = ?1 and f.partition_id = ?2", (table, partition))?,
            None => self.keep_files("f.table_id = ?1", [table])?,
        }
        match partition {
            Some(partition) => self.run(
                "update data_file set table_id = null where table_id = ?1 and partition_id = ?2",
                (table, partition),
            ),
            None => self.run("update data_file set table_id = null where table_id = ?1", [table]),
        }
    }

    /// Whether a file is part of a table, or of a version of one.
    pub fn is_live(&self, name: &str) -> Result<bool> {
        let live = "select 1 from data_file where name = ?1 and (table_id is not null or kept = 1)";
        Ok(self.one(live, [name], |_| Ok(()))?.is_some())
    }

    /// Notes a file that was written and is not needed: it is deleted with the dead ones.
    pub fn add_dead_file(&self, file: &DataFile) -> Result<()> {
        self.run(
            "insert into data_file (name, byte_count, checksum) values (?1, ?2, ?3)",
            (&file.name, file.bytes, file.checksum),
        )?;
        Ok(())
    }

    /// Takes one file out of its table.
    pub fn remove_file(&self, name: &str) -> Result<bool> {
        self.keep_files("f.name = ?1", [name])?;
        Ok(self.run("update data_file set table_id = null where name = ?1 and table_id is not null", [name])? > 0)
    }
}

/// The error of work whose lease was lost: another process has ended it and deleted its files.
pub(super) fn abandoned() -> Box<Error> {
    Error::new(Code::Conflict, "another process ended this work because its lease was lost; its work was discarded")
        .help("run the statement again; no other program may remove files from the data folder of the state")
}

/// A file without what may be sealed: its partition, its rows, its key.
fn read(row: &Row<'_>) -> rusqlite::Result<DataFile> {
    Ok(DataFile {
        name: row.get("name")?,
        partition: PartitionSpec::default(),
        rows: 0,
        bytes: row.get("byte_count")?,
        checksum: row.get("checksum")?,
        key: None,
    })
}
