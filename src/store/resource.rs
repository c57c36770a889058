use md5::{Digest, Md5};
use rusqlite::Row;

use super::account::principal;
use super::content::StoredContent;
use super::error::damaged;
use super::object::{NAMED, NewObject, OF_KIND, named, project, schema};
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Result};
use crate::model::{
    ObjectId, ObjectKind, Place, Principal, ProjectRef, Resource, ResourceKind, SchemaName, TableSource, Time,
};

/// A resource that is about to be made, or what replaces one.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// The schema that it will be in.
    pub schema: SchemaName,
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

const KIND: ObjectKind = ObjectKind::Resource;

const RESOURCE: &str =
    "select r.*, o.schema, o.name, o.project, o.created, p.name as project_name, a.principal, u.principal as updator_principal from object o
  join resource_object r on r.id = o.id join project p on p.id = o.project join account a on a.id = o.owner
  left join account u on u.id = r.updator";

impl Snapshot<'_> {
    /// The resource of this name.
    pub fn resource(&self, place: &Place, name: &str) -> Result<Option<Resource>> {
        self.one(&format!("{RESOURCE} where {NAMED}"), named(KIND, place, name), read)
    }

    /// The resource of this number.
    pub fn resource_by_id(&self, id: ObjectId) -> Result<Option<Resource>> {
        self.one(&format!("{RESOURCE} where o.id = ?1"), [id], read)
    }

    /// The resources of a schema, by name.
    pub fn resources(&self, place: &Place) -> Result<Vec<Resource>> {
        self.all(
            &format!("{RESOURCE} where {OF_KIND} order by o.name"),
            (place.project.id, place.schema.as_str(), KIND.name()),
            read,
        )
    }

    /// The resources that stand for this table.
    pub fn resources_for(&self, table: ObjectId) -> Result<Vec<Resource>> {
        self.all(&format!("{RESOURCE} where r.table_id = ?1 order by o.id"), [table], read)
    }

    /// Resources whose bytes are not those that were stored, a line each.
    pub(super) fn damaged_resources(&self) -> Result<Vec<String>> {
        let stored = self.all(
            "select r.id, p.name || ':' || o.name from resource_object r
             join object o on o.id = r.id join project p on p.id = o.project where r.type <> 'table' order by r.id",
            [],
            |row| Ok((row.get(0)?, row.get::<_, String>(1)?)),
        )?;
        let mut found = Vec::new();
        for (id, name) in stored {
            let changed = || format!("resource {name} was changed outside of odpsh");
            match self.is_resource_whole(id) {
                Ok(true) => {}
                Ok(false) => found.push(changed()),
                // Without its key, what is ciphertext cannot be compared.
                Err(error) if error.code == Code::EncryptionKey => {}
                Err(error) if error.code == Code::StateFile => found.push(changed()),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    fn is_resource_whole(&self, id: ObjectId) -> Result<bool> {
        let (Some(resource), Some(content)) = (self.resource_by_id(id)?, self.content(id)?) else { return Ok(false) };
        let (mut hasher, mut bytes) = (Md5::new(), 0_u64);
        let mut position = 0;
        while let Some(piece) = self.piece(&content, position)? {
            hasher.update(&piece);
            bytes += piece.len() as u64;
            position += 1;
        }
        Ok(self.size_of_resource(&resource)? == (bytes, Some(hexadecimal(hasher))))
    }
}

impl Write<'_> {
    /// Makes a resource, or replaces what one of its name holds: number, owner and grants stay (ACC-9). Its bytes, if it has any, were
    /// stored before; those that it had are dead from then on.
    pub fn put_resource(&self, new: &NewResource, content: Option<&StoredContent>, now: Time) -> Result<()> {
        let by = self.account_id(&new.by)?;
        let (project, name) = (new.project.id, &new.name);
        let (schema, owner) = (new.schema.clone(), Some(&new.by));
        let id = self.ensure_object(&NewObject { kind: KIND, project, schema, name, owner, created: now })?;
        let table = new.table.as_ref();
        let (size, md5) = content.map(StoredContent::kept).transpose()?.unzip();
        self.run(
            "insert into resource_object (id, type, updator, comment, table_id, table_project, table_name, partition_spec,
               byte_count, md5, modified, table_schema)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             on conflict do update set type = excluded.type, updator = excluded.updator, comment = excluded.comment,
               table_id = excluded.table_id, table_project = excluded.table_project, table_name = excluded.table_name,
               partition_spec = excluded.partition_spec, byte_count = excluded.byte_count, md5 = excluded.md5,
               modified = excluded.modified, table_schema = excluded.table_schema",
            (
                id,
                new.kind.name(),
                by,
                &new.comment,
                table.and_then(|table| table.id),
                table.map(|table| &table.project),
                table.map(|table| &table.name),
                table.and_then(|table| table.partition.as_ref()),
                size.unwrap_or_default(),
                md5,
                now.0,
                table.map_or(SchemaName::DEFAULT, |table| table.schema.as_str()),
            ),
        )?;
        self.attach(id, content)
    }
}

pub(super) fn hexadecimal(hasher: Md5) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Resource> {
    let kind: String = row.get("type")?;
    let table = match (row.get("table_project")?, row.get("table_name")?) {
        (Some(project), Some(name)) => {
            let schema = SchemaName::new(&row.get::<_, String>("table_schema")?);
            Some(TableSource { id: row.get("table_id")?, project, schema, name, partition: row.get("partition_spec")? })
        }
        _ => None,
    };
    let updator: Option<String> = row.get("updator_principal")?;
    Ok(Resource {
        id: row.get("id")?,
        project: project(row)?,
        schema: schema(row)?,
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
