use md5::{Digest, Md5};
use rusqlite::Row;

use super::account::principal;
use super::error::damaged;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{Principal, ProjectRef, Resource, ResourceKind, TableSource, Time};

/// A resource that is about to be made, or what replaces one.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// Its name, folded.
    pub name: String,
    /// What it holds.
    pub kind: ResourceKind,
    /// Who makes or replaces it.
    pub by: Principal,
    /// Free text.
    pub comment: String,
    /// For kind `table`, the table.
    pub table: Option<TableSource>,
}

const RESOURCE: &str =
    "select r.*, p.name as project_name, a.principal, u.principal as updator_principal from resource_object r
  join project p on p.id = r.project join account a on a.id = r.owner left join account u on u.id = r.updator";

impl Snapshot<'_> {
    /// The resource of this name.
    pub fn resource(&self, project: i64, name: &str) -> Result<Option<Resource>> {
        self.one(&format!("{RESOURCE} where r.project = ?1 and r.name = ?2"), (project, name), read)
    }

    /// The resource of this number.
    pub fn resource_by_id(&self, id: i64) -> Result<Option<Resource>> {
        self.one(&format!("{RESOURCE} where r.id = ?1"), [id], read)
    }

    /// The resources of a project, by name.
    pub fn resources(&self, project: i64) -> Result<Vec<Resource>> {
        self.all(&format!("{RESOURCE} where r.project = ?1 order by r.name"), [project], read)
    }

    /// A piece of the bytes of a resource; `None` after the last.
    pub fn resource_piece(&self, resource: i64, position: i64) -> Result<Option<Vec<u8>>> {
        self.one(
            "select bytes from resource_piece where resource = ?1 and position = ?2",
            (resource, position),
            |row| row.get(0),
        )
    }

    /// Resources whose bytes are not those that were stored, a line each.
    pub(super) fn damaged_resources(&self) -> Result<Vec<String>> {
        let stored = self.all(
            "select r.id, p.name || ':' || r.name, r.byte_count, r.md5 from resource_object r join project p on p.id = r.project
             where r.kind <> 'table' order by r.id",
            [],
            |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, u64>(2)?, row.get::<_, Option<String>>(3)?)),
        )?;
        let mut found = Vec::new();
        for (id, name, size, md5) in stored {
            let (mut hasher, mut bytes) = (Md5::new(), 0_u64);
            let mut position = 0;
            while let Some(piece) = self.resource_piece(id, position)? {
                hasher.update(&piece);
                bytes += piece.len() as u64;
                position += 1;
            }
            if bytes != size || md5 != Some(hexadecimal(hasher)) {
                found.push(format!("resource {name} was changed outside of odpsh"));
            }
        }
        Ok(found)
    }
}

impl Write<'_> {
    /// Makes a resource, or replaces what one of its name holds: number, owner and grants stay (ACC-9). `piece` gives its bytes, piece
    /// by piece, and nothing after the last.
    pub fn put_resource(
        &self,
        new: &NewResource,
        mut piece: impl FnMut() -> Result<Option<Vec<u8>>>,
        now: Time,
    ) -> Result<()> {
        let by = self.account_id(&new.by)?;
        let table = new.table.as_ref();
        let id: Option<i64> = self.one(
            "insert into resource_object (project, name, kind, owner, updator, comment, table_id, table_project, table_name,
               partition_spec, created, modified)
             values (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
             on conflict (project, name) do update set kind = excluded.kind, updator = excluded.updator, comment = excluded.comment,
               table_id = excluded.table_id, table_project = excluded.table_project, table_name = excluded.table_name,
               partition_spec = excluded.partition_spec, modified = excluded.modified
             returning id",
            (
                new.project.id,
                &new.name,
                new.kind.name(),
                by,
                &new.comment,
                table.and_then(|table| table.id),
                table.map(|table| &table.project),
                table.map(|table| &table.name),
                table.and_then(|table| table.partition.as_ref()),
                now.0,
            ),
            |row| row.get(0),
        )?;
        let id = id.ok_or_else(|| Error::new(Code::Internal, "the resource that was just stored is missing"))?;
        self.run("delete from resource_piece where resource = ?1", [id])?;
        let (mut hasher, mut bytes) = (Md5::new(), 0_u64);
        let mut position = 0_i64;
        while let Some(piece) = piece()? {
            hasher.update(&piece);
            bytes += piece.len() as u64;
            self.run("insert into resource_piece values (?1, ?2, ?3)", (id, position, piece))?;
            position += 1;
        }
        let md5 = (new.kind != ResourceKind::Table).then(|| hexadecimal(hasher));
        self.run("update resource_object set byte_count = ?2, md5 = ?3 where id = ?1", (id, bytes, md5))?;
        Ok(())
    }

    /// Removes a resource, with its bytes and its grants (ACC-9).
    pub fn drop_resource(&self, id: i64) -> Result<()> {
        self.run("delete from resource_object where id = ?1", [id])?;
        Ok(())
    }
}

fn hexadecimal(hasher: Md5) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Resource> {
    let kind: String = row.get("kind")?;
    let table = match (row.get("table_project")?, row.get("table_name")?) {
        (Some(project), Some(name)) => {
            Some(TableSource { id: row.get("table_id")?, project, name, partition: row.get("partition_spec")? })
        }
        _ => None,
    };
    let updator: Option<String> = row.get("updator_principal")?;
    Ok(Resource {
        id: row.get("id")?,
        project: ProjectRef { id: row.get("project")?, name: row.get("project_name")? },
        name: row.get("name")?,
        kind: ResourceKind::parse(&kind).ok_or_else(|| damaged("the kind of a resource"))?,
        owner: principal(row, "principal")?,
        updator: updator.and_then(|updator| Principal::parse(&updator)),
        comment: row.get("comment")?,
        table,
        size: row.get("byte_count")?,
        md5: row.get("md5")?,
        created: Time(row.get("created")?),
        modified: Time(row.get("modified")?),
    })
}
