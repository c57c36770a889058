//! Tables that were dropped in a project that keeps versions (DEL-1): all that belongs to them but their grants, until they are restored, their
//! time is over, or they are purged.

use rusqlite::Row;

use super::account::principal_or_none;
use super::object::schema;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{DroppedTable, ObjectId, Operation, Place, ProjectRef, Time};

const DROPPED: &str = "select d.*, a.principal,
    exists (select 1 from dropped_column c where c.table_id = d.id and c.partitioned) as is_partitioned
  from dropped_table d left join account a on a.id = d.owner";

impl Snapshot<'_> {
    /// The tables of a schema that were dropped after `oldest` and can be restored, the first one first.
    pub fn dropped_tables(&self, place: &Place, oldest: Time) -> Result<Vec<DroppedTable>> {
        self.all(
            &format!("{DROPPED} where d.project = ?1 and d.schema = ?2 and d.dropped > ?3 order by d.dropped, d.id"),
            (place.project.id, place.schema.as_str(), oldest.0),
            |row| read(&place.project, row),
        )
    }

    /// The table of this name and token that was dropped after `oldest`.
    pub fn dropped_table(&self, place: &Place, name: &str, token: &str, oldest: Time) -> Result<Option<DroppedTable>> {
        self.one(
            &format!(
                "{DROPPED} where d.project = ?1 and d.schema = ?2 and d.name = ?3 and d.token = ?4 and d.dropped > ?5"
            ),
            (place.project.id, place.schema.as_str(), name, token, oldest.0),
            |row| read(&place.project, row),
        )
    }
}

fn read(project: &ProjectRef, row: &Row<'_>) -> rusqlite::Result<DroppedTable> {
    Ok(DroppedTable {
        id: row.get("id")?,
        place: Place { project: project.clone(), schema: schema(row)? },
        name: row.get("name")?,
        token: row.get("token")?,
        owner: principal_or_none(row, "principal")?,
        is_partitioned: row.get("is_partitioned")?,
        created: Time(row.get("created")?),
        dropped: Time(row.get("dropped")?),
    })
}

impl Write<'_> {
    /// Drops a table or view. A table in a project that keeps versions can be restored, without its grants (ACC-9); of another one, the files are
    /// dead from then on.
    pub fn drop_table(&self, id: ObjectId, now: Time) -> Result<()> {
        if self.keeps_versions(id)? {
            self.keep_dropped(id, now)?;
        }
        self.drop_object(id)
    }

    /// Drops a table or view so that nothing of it can be restored.
    pub fn drop_table_for_good(&self, id: ObjectId) -> Result<()> {
        self.purge_table(id)?;
        self.run("delete from table_version where table_id = ?1", [id])?;
        self.drop_object(id)
    }

    fn keep_dropped(&self, id: ObjectId, now: Time) -> Result<()> {
        self.keep_files("f.table_id = ?1", [id])?;
        self.run(
            "insert into dropped_partition (id, table_id, project, spec, created, modified, made, lsn)
             select q.id, q.table_id, o.project, q.spec, q.created, q.modified, q.made, t.version + 1
             from partition_object q join table_object t on t.id = q.table_id join object o on o.id = t.id where t.id = ?1",
            [id],
        )?;
        let partitions = self.all("select id from partition_object where table_id = ?1", [id], |row| row.get(0))?;
        let units: Vec<i64> = std::iter::once(0).chain(partitions).collect();
        self.add_version(id, &units, Operation::Drop, now)?;
        self.run(
            "insert into dropped_table
               (id, project, schema, name, owner, created, comment, lifecycle, transactional, defined, modified, token, version, dropped)
             select o.id, o.project, o.schema, o.name, o.owner, o.created, t.comment, t.lifecycle, t.transactional, t.defined, t.modified,
               t.token, t.version, (select max(time) from table_version v where v.table_id = t.id)
             from object o join table_object t on t.id = o.id where o.id = ?1",
            [id],
        )?;
        self.run(
            "insert into dropped_column (table_id, position, id, name, data_type, comment, nullable, fallback, partitioned, is_key, generator)
             select table_id, position, id, name, data_type, comment, nullable, fallback, partitioned, is_key, generator
             from column_object where table_id = ?1",
            [id],
        )?;
        self.run(
            "insert into dropped_label (table_id, column_id, level) select table_id, column_id, level from label where table_id = ?1",
            [id],
        )?;
        Ok(())
    }

    /// Brings a dropped table back with its identity, its owner, its labels and its rows, and with no grants (DEL-1, ACC-9). A table whose owner's
    /// account is gone belongs to the owner of its project.
    ///
    /// # Errors
    /// Its name is taken, or its schema is gone.
    pub fn undrop_table(&self, dropped: &DroppedTable, now: Time) -> Result<()> {
        let id = dropped.id;
        if self.table(&dropped.place, &dropped.name)?.is_some() {
            let name = dropped.place.qualified(&dropped.name);
            return Err(Error::new(Code::TableExists, name.clone())
                .help(format!("`alter table {name} rename to <name>;` frees the name")));
        }
        self.run(
            "insert into object (id, project, schema, kind, name, owner, created)
             select d.id, d.project, d.schema, 'table', d.name, coalesce(d.owner, p.owner), d.created
             from dropped_table d join project p on p.id = d.project where d.id = ?1",
            [id],
        )?;
        // A view that meant another table of this name does not mean this one (VIW-6).
        self.run(
            "insert into table_object (id, comment, lifecycle, transactional, defined, modified, renamed, token, version)
             select id, comment, lifecycle, transactional, ?2, modified, 1, token, version from dropped_table where id = ?1",
            (id, now.0),
        )?;
        self.run(
            "insert into column_object (table_id, position, id, name, data_type, comment, nullable, fallback, partitioned, is_key, generator)
             select table_id, position, id, name, data_type, comment, nullable, fallback, partitioned, is_key, generator
             from dropped_column where table_id = ?1",
            [id],
        )?;
        self.run(
            "insert into label (table_id, column_id, level) select table_id, column_id, level from dropped_label where table_id = ?1",
            [id],
        )?;
        self.run(
            "insert into partition_object (id, table_id, spec, created, modified, made)
             select d.id, d.table_id, d.spec, d.created, d.modified, d.made from dropped_partition d
             join dropped_table t on t.id = d.table_id and t.version = d.lsn where t.id = ?1",
            [id],
        )?;
        self.run(
            "delete from dropped_partition where table_id = ?1 and lsn = (select version from dropped_table where id = ?1)",
            [id],
        )?;
        self.run(
            "update data_file set table_id = ?1, partition_id = nullif(v.partition_id, 0), since = t.version + 1
             from version_file v join dropped_table t on t.id = v.table_id and t.version = v.until
             where v.name = data_file.name and v.table_id = ?1",
            [id],
        )?;
        self.run("delete from dropped_table where id = ?1", [id])?;
        let partitions = self.all("select id from partition_object where table_id = ?1", [id], |row| row.get(0))?;
        let units: Vec<i64> = std::iter::once(0).chain(partitions).collect();
        self.note_restored(id, &units, now)
    }
}
