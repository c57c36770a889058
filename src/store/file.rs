use rusqlite::Row;

use super::partition::decode;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{DataFile, ObjectId, PartitionSpec};

impl Snapshot<'_> {
    /// The files that make up a table.
    pub fn files(&self, table: ObjectId) -> Result<Vec<DataFile>> {
        self.all(
            "select f.*, p.spec from data_file f left join partition_object p on p.id = f.partition_id
             where f.table_id = ?1 order by p.spec, f.added",
            [table],
            read,
        )
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

    /// Every file that is part of a table, for `check`.
    pub(super) fn all_files(&self) -> Result<Vec<DataFile>> {
        self.all(
            "select f.*, p.spec from data_file f left join partition_object p on p.id = f.partition_id where f.table_id is not null",
            [],
            read,
        )
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
        self.run(
            "insert into data_file (name, table_id, partition_id, row_count, byte_count, checksum, added)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            rusqlite::params![file.name, table, partition, file.rows, file.bytes, file.checksum, added],
        )?;
        Ok(())
    }

    /// Takes all files of a table, or of one partition of it, out of it: they are dead from then on.
    pub fn remove_files(&self, table: ObjectId, partition: Option<i64>) -> Result<usize> {
        match partition {
            Some(partition) => self.run(
                "update data_file set table_id = null where table_id = ?1 and partition_id = ?2",
                (table, partition),
            ),
            None => self.run("update data_file set table_id = null where table_id = ?1", [table]),
        }
    }

    /// Whether a file is part of a table.
    pub fn is_live(&self, name: &str) -> Result<bool> {
        Ok(self.one("select 1 from data_file where name = ?1 and table_id is not null", [name], |_| Ok(()))?.is_some())
    }

    /// Notes a file that was written and is not needed: it is deleted with the dead ones.
    pub fn add_dead_file(&self, file: &DataFile) -> Result<()> {
        self.run(
            "insert into data_file (name, row_count, byte_count, checksum) values (?1, ?2, ?3, ?4)",
            rusqlite::params![file.name, file.rows, file.bytes, file.checksum],
        )?;
        Ok(())
    }

    /// Takes one file out of its table.
    pub fn remove_file(&self, name: &str) -> Result<bool> {
        Ok(self.run("update data_file set table_id = null where name = ?1 and table_id is not null", [name])? > 0)
    }
}

/// The error of work whose lease was lost: another process has ended it and deleted its files.
pub(super) fn abandoned() -> Box<Error> {
    Error::new(Code::Conflict, "another process ended this work, because its lease was gone; nothing of it is kept")
        .help("run the statement again; no other program may remove files from the data folder of the state")
}

fn read(row: &Row<'_>) -> rusqlite::Result<DataFile> {
    let spec: Option<String> = row.get("spec")?;
    Ok(DataFile {
        name: row.get("name")?,
        partition: spec.map_or_else(PartitionSpec::default, |spec| decode(&spec)),
        rows: row.get("row_count")?,
        bytes: row.get("byte_count")?,
        checksum: row.get("checksum")?,
    })
}
