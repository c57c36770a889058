use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Row;

use super::lease::Leases;
use super::open::Store;
use super::partition::decode;
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{DataFile, ObjectId, PartitionSpec, Time};

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
    fn last_death(&self) -> Result<i64> {
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

    /// The job is over: its files are part of a table, or were deleted.
    pub fn end_announcement(&self, prefix: &str) -> Result<()> {
        self.run("delete from writing where prefix = ?1", [prefix])?;
        Ok(())
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

impl Store {
    /// Deletes expired results, dead files that nobody reads any more, and files of jobs whose processes ended without a commit, and ends
    /// their instances; beside processes that are reading or writing. Of what is left of the bytes of resources, deletes a part.
    ///
    /// `now` is the machine's time: the clock of one session says nothing of what others keep. Only files that rows or
    /// announcements name are touched; another shell's work is never deleted.
    ///
    /// # Errors
    /// The state cannot be read or written; a file that cannot be deleted is left for the next time.
    pub fn sweep(&self, now: Time) -> Result<()> {
        let expired = "select 1 from instance_result where kept_until <= ?1";
        let (expires, left) = {
            let snapshot = self.read()?;
            let expires = snapshot.one(expired, [now.0], |_| Ok(()))?.is_some();
            (expires, LeftBehind::find(&snapshot, self.data_folder())?)
        };
        if expires || !left.is_empty() {
            self.sweep_left_behind(expires, now)?;
        }
        self.delete_some_content()?;
        Ok(())
    }

    fn sweep_left_behind(&self, expires: bool, now: Time) -> Result<()> {
        let write = self.write()?;
        if expires {
            write.expire_results(now)?;
        }
        // Again, under the lock of the state: who takes a lease now finds only what is still part of a table.
        let left = LeftBehind::find(&write, self.data_folder())?;
        for name in left.dead {
            if gone(&self.data_folder().join(&name)) {
                write.run("delete from data_file where name = ?1", [&name])?;
            }
        }
        // An announcement that cannot be followed stays.
        let announced = if left.prefixes.is_empty() { Ok(Vec::new()) } else { parquet_files(self.data_folder()) };
        for prefix in left.prefixes.iter().filter(|_| announced.is_ok()) {
            let mut all_gone = true;
            for (name, file) in announced.iter().flatten().filter(|(name, _)| is_of(prefix, name)) {
                // An upload that goes on later keeps the blocks that are done.
                all_gone &= write.is_in_tunnel(name)? || write.is_live(name)? || gone(file);
            }
            if all_gone {
                write.end_announcement(prefix)?;
            }
        }
        write.remove_tunnel_drafts(&left.drafts)?;
        write.end_storing(&left.contents)?;
        self.end_orphans(&write, &left.instances, now)?;
        write.commit()
    }

    /// How many data files have died so far (see [`Lease`](super::Lease)).
    pub(super) fn deaths(&self) -> Result<i64> {
        self.read()?.last_death()
    }
}

/// What nobody uses, or works on, any more.
#[derive(Default)]
struct LeftBehind {
    /// Dead files that no lease keeps.
    dead: Vec<String>,
    /// Announcements of ended processes.
    prefixes: Vec<String>,
    /// Tunnel sessions of ended processes, with the drafts of their downloads.
    drafts: Vec<(String, String)>,
    /// Instances of ended processes.
    instances: Vec<ObjectId>,
    /// Bytes that ended processes were storing.
    contents: Vec<i64>,
}

impl LeftBehind {
    fn find(snapshot: &Snapshot<'_>, data: &Path) -> Result<Self> {
        // Most of the time nothing is dead and nobody writes: then no folder is read.
        let any: Option<bool> = snapshot.one(
            "select exists (select 1 from data_file where table_id is null) or exists (select 1 from writing)
               or exists (select 1 from instance_object where status = 'Running')
               or exists (select 1 from tunnel_session where draft is not null)
               or exists (select 1 from resource_content where lease <> '')",
            [],
            |row| row.get(0),
        )?;
        if !any.unwrap_or_default() {
            return Ok(Self::default());
        }
        let leases = Leases::held(data)?;
        let unused = leases.unused_since(snapshot.last_death()?);
        let is_left = |lease: &String| !leases.has(lease);
        let prefixes: Vec<(String, String)> =
            snapshot.all("select prefix, lease from writing", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let drafts: Vec<(String, String, String)> =
            snapshot.all("select id, draft, lease from tunnel_session where draft is not null", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let instances: Vec<(ObjectId, String)> =
            snapshot.all("select id, lease from instance_object where status = 'Running'", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let contents: Vec<(i64, String)> =
            snapshot.all("select id, lease from resource_content where lease <> ''", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(Self {
            dead: snapshot.all(
                "select name from data_file where table_id is null and died <= ?1",
                [unused],
                |row| row.get(0),
            )?,
            prefixes: prefixes.into_iter().filter(|(_, lease)| is_left(lease)).map(|left| left.0).collect(),
            drafts: drafts.into_iter().filter(|left| is_left(&left.2)).map(|left| (left.0, left.1)).collect(),
            instances: instances.into_iter().filter(|(_, lease)| is_left(lease)).map(|left| left.0).collect(),
            contents: contents.into_iter().filter(|(_, lease)| is_left(lease)).map(|left| left.0).collect(),
        })
    }

    fn is_empty(&self) -> bool {
        self.dead.is_empty()
            && self.prefixes.is_empty()
            && self.drafts.is_empty()
            && self.instances.is_empty()
            && self.contents.is_empty()
    }
}

/// Whether a file is one that was announced: `<prefix>-<…>.parquet`.
pub(super) fn is_of(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'))
}

/// The data files that are in the folder, whether anyone knows them or not. They are listed and not counted: blocks that were
/// given up, or a thread that never came to its file, leave gaps between the numbers.
fn parquet_files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".parquet")) {
            files.push((name.to_owned(), path.clone()));
        }
    }
    Ok(files)
}

/// Deletes a file; whether it is gone.
pub(super) fn gone(file: &Path) -> bool {
    match std::fs::remove_file(file) {
        Ok(()) => true,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
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
