//! Versions of tables in projects that keep them (DEL-1): what a change of rows leaves behind, and for how long.
//!
//! A version is not a copy: a file that stops being part of a table stays in the manifest, with the versions that had it. What has a version is a
//! table without partitions, or a partition. Nothing here opens a file or needs a key.

use rusqlite::{Params, params};
use sha2::{Digest, Sha256};

use super::partition::{Specs, encode};
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{KeptPartition, Lsn, ObjectId, Operation, ProjectId, Time, Version};

/// Whether the project of an object `o` keeps versions.
pub(super) const KEEPS: &str = "exists (select 1 from project_property p
  where p.project = o.project and p.key = 'odps.timemachine.retention.days' and cast(p.value as integer) > 0)";

/// Whether an object `o` is a table whose rows the state keeps.
pub(super) const HAS_FILES: &str = "o.kind = 'table' and not exists (select 1 from external_table x where x.id = o.id)";

/// How long the project `?1` keeps versions, in milliseconds.
const KEPT_FOR: &str = "(select cast(p.value as integer) * 86400000 from project_property p
  where p.project = ?1 and p.key = 'odps.timemachine.retention.days')";

/// How a table or partition is named that may be dropped: a text that says nothing of anything else.
pub(super) fn token_of(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl Snapshot<'_> {
    /// Whether versions of a table are kept.
    pub(super) fn keeps_versions(&self, table: ObjectId) -> Result<bool> {
        let kept = format!("select 1 from object o where o.id = ?1 and {HAS_FILES} and {KEEPS}");
        Ok(self.one(&kept, [table], |_| Ok(()))?.is_some())
    }

    /// The versions of a table, dropped or not, that were not replaced before `oldest`.
    pub fn versions(&self, table: ObjectId, oldest: Time) -> Result<Vec<Version>> {
        self.all(
            "select partition_id, lsn, time, operation from table_version
             where table_id = ?1 and (replaced is null or replaced > ?2) order by lsn, partition_id",
            (table, oldest.0),
            |row| {
                let partition = Some(row.get::<_, i64>(0)?).filter(|partition| *partition != 0);
                Ok(Version { partition, lsn: Lsn(row.get(1)?), time: Time(row.get(2)?), operation: row.get(3)? })
            },
        )
    }

    /// How statements name a table that may be dropped.
    pub fn token(&self, table: ObjectId) -> Result<String> {
        let token = self.one(
            "select token from table_object where id = ?1 union all select token from dropped_table where id = ?1",
            [table],
            |row| row.get(0),
        )?;
        Ok(token.unwrap_or_default())
    }

    /// The partitions of a table, dropped or not, and those that it lost and did not get back since `oldest`.
    ///
    /// # Errors
    /// The key of the project cannot be opened: their values are data.
    pub fn kept_partitions(&self, project: ProjectId, table: ObjectId, oldest: Time) -> Result<Vec<KeptPartition>> {
        let specs = Specs { table: table.0.to_string(), key: self.data_key(project)? };
        let token = self.token(table)?;
        let found = self.all(
            "select id, spec, made, null from partition_object where table_id = ?1 union all
             select id, spec, made, lsn from dropped_partition where table_id = ?1 and (dropped is null or dropped > ?2)",
            (table, oldest.0),
            |row| {
                let (id, spec, made): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok((id, spec, made, row.get::<_, Option<i64>>(3)?.map(Lsn)))
            },
        )?;
        let found = found.into_iter().map(|(id, spec, made, dropped)| {
            let spec = specs.decode(&spec)?;
            let token = token_of(&[&token, &encode(&spec), &made.to_string()]);
            Ok(KeptPartition { id, token, spec, dropped })
        });
        found.collect()
    }

    /// Damage in what is kept, for `check`.
    pub(super) fn damaged_versions(&self) -> Result<Vec<String>> {
        let lost = self.all(
            "select name from data_file where kept <> (exists (select 1 from version_file v where v.name = data_file.name))",
            [],
            |row| row.get::<_, String>(0),
        )?;
        let ownerless = self.all(
            "select distinct table_id from table_version where table_id not in
               (select id from table_object union all select id from dropped_table)
             union select table_id from version_file where table_id not in
               (select id from table_object union all select id from dropped_table)",
            [],
            |row| row.get::<_, i64>(0),
        )?;
        let lost = lost
            .into_iter()
            .map(|name| format!("database: data file {name} is marked as kept, and no version has it, or the reverse"));
        let ownerless =
            ownerless.into_iter().map(|id| format!("database: versions of table {id} are kept, and it is gone"));
        Ok(lost.chain(ownerless).collect())
    }
}

impl Write<'_> {
    /// Keeps the files `f` for which `condition` holds, which stop being what they are part of: as they were before the version that is being
    /// made. In a project that keeps no versions, none.
    pub(super) fn keep_files(&self, condition: &str, values: impl Params) -> Result<()> {
        self.run(
            &format!(
                "insert into version_file (table_id, partition_id, name, project, since, until)
                 select f.table_id, coalesce(f.partition_id, 0), f.name, o.project, f.since, t.version + 1
                 from data_file f join table_object t on t.id = f.table_id join object o on o.id = t.id
                 where f.since <= t.version and {KEEPS} and {condition}"
            ),
            values,
        )?;
        Ok(())
    }

    /// Notes that a statement changed the rows of a table: what is there now is a new version, if it is another one.
    pub fn note_version(&self, table: ObjectId, operation: Operation, now: Time) -> Result<()> {
        if !self.keeps_versions(table)? {
            return Ok(());
        }
        let changed = self.changed_units(table)?;
        if changed.is_empty() { Ok(()) } else { self.add_version(table, &changed, operation, now) }
    }

    /// What changed since the last version: 0 is the table itself.
    fn changed_units(&self, table: ObjectId) -> Result<Vec<i64>> {
        self.all(
            "select partition_id from version_file v join table_object t on t.id = v.table_id
               where v.table_id = ?1 and v.until = t.version + 1
             union select coalesce(f.partition_id, 0) from data_file f join table_object t on t.id = f.table_id
               where f.table_id = ?1 and f.since = t.version + 1
             union select p.id from partition_object p join table_object t on t.id = p.table_id
               where p.table_id = ?1 and p.made = t.version + 1
             union select d.id from dropped_partition d join table_object t on t.id = d.table_id
               where d.table_id = ?1 and d.lsn = t.version + 1",
            [table],
            |row| row.get(0),
        )
    }

    /// Makes the next version of a table, of these units.
    pub(super) fn add_version(&self, table: ObjectId, units: &[i64], operation: Operation, now: Time) -> Result<()> {
        self.run("update table_object set version = version + 1 where id = ?1", [table])?;
        let last: Option<Option<i64>> =
            self.one("select max(time) from table_version where table_id = ?1", [table], |row| row.get(0))?;
        // The clock of a session may go back; what follows a version does not.
        let time = last.flatten().map_or(now.0, |last| last.max(now.0));
        for unit in units {
            self.run(
                "update table_version set replaced = ?3 where table_id = ?1 and partition_id = ?2 and replaced is null",
                (table, unit, time),
            )?;
            self.run(
                "insert into table_version (table_id, partition_id, lsn, project, operation, time)
                 select t.id, ?2, t.version, o.project,
                   case when exists (select 1 from dropped_partition d where d.id = ?2 and d.lsn = t.version) then 'DROP' else ?3 end, ?4
                 from table_object t join object o on o.id = t.id where t.id = ?1",
                (table, unit, operation.name(), time),
            )?;
        }
        self.end_with_version(table, time)
    }

    /// Gives what the last version does not have any more the time of that version.
    fn end_with_version(&self, table: ObjectId, time: i64) -> Result<()> {
        let last = "(select version from table_object where id = ?1)";
        self.run(
            &format!("update version_file set ended = ?2 where table_id = ?1 and until = {last} and ended is null"),
            (table, time),
        )?;
        self.run(
            &format!(
                "update dropped_partition set dropped = ?2 where table_id = ?1 and lsn = {last} and dropped is null"
            ),
            (table, time),
        )?;
        Ok(())
    }

    /// Gives a table without partitions, or one partition of it, the files that it had in a version.
    ///
    /// # Errors
    /// The version is not kept, or one of its files is part of another partition now.
    pub fn restore_version(&self, table: ObjectId, partition: Option<i64>, lsn: Lsn, oldest: Time) -> Result<()> {
        let unit = partition.unwrap_or_default();
        // The version of it that was the present one in that version of the table.
        let kept = self.one(
            "select 1 from table_version v where v.table_id = ?1 and v.partition_id = ?2 and v.lsn =
               (select max(w.lsn) from table_version w where w.table_id = ?1 and w.partition_id = ?2 and w.lsn <= ?3)
             and (v.replaced is null or v.replaced > ?4) and v.operation <> 'DROP'
             and ?3 <= (select version from table_object where id = ?1)",
            (table, unit, lsn.0, oldest.0),
            |_| Ok(()),
        )?;
        if kept.is_none() {
            return Err(Error::new(Code::NotFound, format!("version {lsn} is not kept"))
                .help("`show history for table <table>;` lists the versions that are"));
        }
        let then = "(select v.name from version_file v where v.table_id = ?1 and v.partition_id = ?2 and v.since <= ?3 and v.until > ?3
             union select g.name from data_file g where g.table_id = ?1 and coalesce(g.partition_id, 0) = ?2 and g.since <= ?3)";
        let others = format!("f.table_id = ?1 and coalesce(f.partition_id, 0) = ?2 and f.name not in {then}");
        let values = (table, unit, lsn.0);
        let elsewhere = format!(
            "select 1 from data_file f where f.table_id is not null
               and not (f.table_id = ?1 and coalesce(f.partition_id, 0) = ?2) and f.name in {then}"
        );
        if self.one(&elsewhere, values, |_| Ok(()))?.is_some() {
            return Err(rows_are_elsewhere());
        }
        self.keep_files(&others, values)?;
        self.run(&format!("update data_file as f set table_id = null where {others}"), values)?;
        self.run(
            &format!(
                "update data_file as f set table_id = ?1, partition_id = nullif(?2, 0),
                   since = (select version + 1 from table_object where id = ?1)
                 where f.table_id is null and f.name in {then}"
            ),
            values,
        )?;
        Ok(())
    }

    /// Brings back a partition that was dropped, as it was.
    ///
    /// # Errors
    /// Its values are those of another partition now, or its rows are part of one.
    pub fn restore_partition(&self, table: ObjectId, partition: &KeptPartition) -> Result<()> {
        let taken = self.one(
            "select 1 from partition_object p join dropped_partition d on d.spec = p.spec and d.table_id = p.table_id where d.id = ?1",
            [partition.id],
            |_| Ok(()),
        )?;
        if taken.is_some() {
            return Err(Error::new(Code::Partition, format!("partition {} is there again", partition.spec))
                .help("drop it, or give it other values, and restore this one then"));
        }
        let files =
            "select v.name from version_file v join dropped_partition d on d.id = v.partition_id and d.lsn = v.until
             where v.table_id = ?1 and d.id = ?2";
        let values = (table, partition.id);
        let elsewhere = format!("select 1 from data_file f where f.table_id is not null and f.name in ({files})");
        if self.one(&elsewhere, values, |_| Ok(()))?.is_some() {
            return Err(rows_are_elsewhere());
        }
        self.run(
            "insert into partition_object (id, table_id, spec, created, modified, made)
             select d.id, d.table_id, d.spec, d.created, d.modified, d.made from dropped_partition d where d.id = ?2 and d.table_id = ?1",
            values,
        )?;
        self.run(
            &format!(
                "update data_file set table_id = ?1, partition_id = ?2,
                   since = (select version + 1 from table_object where id = ?1) where name in ({files})"
            ),
            values,
        )?;
        self.run("delete from dropped_partition where id = ?2 and table_id = ?1", values)?;
        Ok(())
    }

    /// Makes the next version of a table, of these units, if versions are kept.
    pub fn note_restored(&self, table: ObjectId, units: &[i64], now: Time) -> Result<()> {
        match self.keeps_versions(table)? {
            true => self.add_version(table, units, Operation::Restore, now),
            false => Ok(()),
        }
    }

    /// Keeps versions from now on, or ends it: then nothing is kept any more (DEL-1).
    pub(super) fn set_retention(&self, project: ProjectId, days: i64, now: Time) -> Result<()> {
        if days == 0 {
            self.purge_project(project)?;
            self.run("delete from table_version where project = ?1", [project])?;
            return Ok(());
        }
        // What is there now is the first version of it.
        let unknown = format!(
            "o.project = ?1 and {HAS_FILES} and not exists (select 1 from table_version v where v.table_id = o.id)"
        );
        self.run(
            &format!(
                "update table_object set version = version + 1 where id in (select o.id from object o where {unknown})"
            ),
            [project],
        )?;
        self.run(
            &format!(
                "insert into table_version (table_id, partition_id, lsn, project, operation, time)
                 select t.id, 0, t.version, o.project, ?2, ?3 from object o join table_object t on t.id = o.id where {unknown}
                 union all select t.id, q.id, t.version, o.project, ?2, ?3
                 from object o join table_object t on t.id = o.id join partition_object q on q.table_id = t.id where {unknown}"
            ),
            params![project, Operation::Baseline.name(), now.0],
        )?;
        Ok(())
    }

    /// Lets go of what is kept of the tables of a project besides what they hold now, dropped tables included.
    pub fn purge_project(&self, project: ProjectId) -> Result<()> {
        for from in ["version_file", "dropped_partition"] {
            self.run(&format!("delete from {from} where project = ?1"), [project])?;
        }
        self.run(
            "delete from table_version where project = ?1
             and (replaced is not null or table_id in (select id from dropped_table where project = ?1))",
            [project],
        )?;
        self.run("delete from dropped_table where project = ?1", [project])?;
        self.forget_lost_partitions(project)
    }

    /// Lets go of what is kept of a table besides what it holds now.
    pub fn purge_table(&self, table: ObjectId) -> Result<()> {
        for from in ["version_file", "dropped_partition"] {
            self.run(&format!("delete from {from} where table_id = ?1"), [table])?;
        }
        self.run(
            "delete from table_version where table_id = ?1 and (replaced is not null
               or partition_id <> 0 and partition_id not in (select id from partition_object where table_id = ?1))",
            [table],
        )?;
        Ok(())
    }

    /// Lets go of what is kept of a partition besides what it holds now; of one that was dropped, of everything.
    pub fn purge_partition(&self, table: ObjectId, partition: i64) -> Result<()> {
        self.run("delete from version_file where table_id = ?1 and partition_id = ?2", (table, partition))?;
        self.run("delete from dropped_partition where table_id = ?1 and id = ?2", (table, partition))?;
        self.run(
            "delete from table_version where table_id = ?1 and partition_id = ?2
             and (replaced is not null or not exists (select 1 from partition_object q where q.id = ?2))",
            (table, partition),
        )?;
        Ok(())
    }

    /// The last version of a partition that cannot be restored any more says nothing.
    fn forget_lost_partitions(&self, project: ProjectId) -> Result<()> {
        self.run(
            "delete from table_version where project = ?1 and partition_id <> 0 and not exists
               (select 1 from partition_object q where q.id = partition_id)
             and not exists (select 1 from dropped_partition d where d.id = partition_id)",
            [project],
        )?;
        Ok(())
    }

    /// Lets go of everything whose time is over; its files are dead then.
    pub(super) fn expire_versions(&self, projects: &[ProjectId], now: Time) -> Result<()> {
        for project in projects {
            let over = format!("project = ?1 and {{}} <= ?2 - {KEPT_FOR}");
            for (from, when) in [
                ("version_file", "ended"),
                ("dropped_partition", "dropped"),
                ("table_version", "replaced"),
                ("dropped_table", "dropped"),
            ] {
                let over = over.replace("{}", when);
                self.run(&format!("delete from {from} where {over}"), (project, now.0))?;
            }
            self.run(
                "delete from table_version where project = ?1 and table_id not in
                   (select id from table_object union all select id from dropped_table)",
                [project],
            )?;
            self.forget_lost_partitions(*project)?;
        }
        Ok(())
    }
}

impl Snapshot<'_> {
    /// The projects that keep something whose time is over.
    pub(super) fn projects_with_old_versions(&self, now: Time) -> Result<Vec<ProjectId>> {
        let over = |from: &str, when: &str| {
            format!(
                "exists (select 1 from {from} k where k.project = p.project and k.{when} <= ?1 - cast(p.value as integer) * 86400000)"
            )
        };
        let any = [
            over("table_version", "replaced"),
            over("version_file", "ended"),
            over("dropped_partition", "dropped"),
            over("dropped_table", "dropped"),
        ];
        self.all(
            &format!(
                "select p.project from project_property p where p.key = 'odps.timemachine.retention.days' and ({})",
                any.join(" or ")
            ),
            [now.0],
            |row| row.get(0),
        )
    }
}

fn rows_are_elsewhere() -> Box<Error> {
    Error::new(
        Code::Conflict,
        "the rows of that version are part of another partition now, because partitions were merged",
    )
    .help("restore the other partition to a version before the merge first")
}
