//! The schemas of projects (SCH-1 to SCH-4).

use rusqlite::Row;

use super::account::principal_or_none;
use super::error::damaged;
use super::object::{NewObject, project};
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{
    ExternalSchema, Location, Object, ObjectId, ObjectKind, Place, Principal, ProjectRef, Schema, SchemaName, Time,
};

const SCHEMA: &str = "select o.id, o.name, o.project, o.created, p.name as project_name, a.principal,
    coalesce(s.comment, '') as comment, coalesce(s.modified, o.created) as modified, x.server, x.location
  from object o join project p on p.id = o.project left join schema_object s on s.id = o.id left join account a on a.id = o.owner
  left join external_schema x on x.id = o.id
  where o.project = ?1 and o.schema = 'default' and o.family = 'schema'";

impl Snapshot<'_> {
    /// The schema that a place is.
    pub fn schema(&self, place: &Place) -> Result<Option<Schema>> {
        self.one(&format!("{SCHEMA} and o.name = ?2"), (place.project.id, place.schema.as_str()), read)
    }

    /// What an external schema stands for; nothing of any other place.
    pub fn external_schema(&self, place: &Place) -> Result<Option<ExternalSchema>> {
        match place.schema.is_default() {
            true => Ok(None),
            false => Ok(self.schema(place)?.and_then(|schema| schema.external)),
        }
    }

    /// The schemas of a project, by name.
    pub fn schemas(&self, project: &ProjectRef) -> Result<Vec<Schema>> {
        self.all(&format!("{SCHEMA} order by o.name"), [project.id], read)
    }

    /// What is in a schema: tables and views, resources, functions.
    pub fn objects_in_schema(&self, place: &Place) -> Result<Vec<Object>> {
        let mut objects = Vec::new();
        for kind in [ObjectKind::Table, ObjectKind::Resource, ObjectKind::Function] {
            objects.extend(self.securables(kind, place)?);
        }
        Ok(objects)
    }
}

impl Write<'_> {
    /// Makes a schema; whether its name was free.
    pub fn create_schema(&self, place: &Place, owner: &Principal, comment: &str, now: Time) -> Result<bool> {
        Ok(self.make_schema(place, owner, comment, now)?.is_some())
    }

    /// Makes an external schema; whether its name was free.
    pub fn create_external_schema(
        &self,
        place: &Place,
        owner: &Principal,
        (comment, external): (&str, &ExternalSchema),
        now: Time,
    ) -> Result<bool> {
        let Some(id) = self.make_schema(place, owner, comment, now)? else { return Ok(false) };
        self.run(
            "insert into external_schema (id, server, location) values (?1, ?2, ?3)",
            (id, &external.server, external.location.to_string()),
        )?;
        Ok(true)
    }

    fn make_schema(&self, place: &Place, owner: &Principal, comment: &str, now: Time) -> Result<Option<ObjectId>> {
        let made = self.create_object(&NewObject {
            kind: ObjectKind::Schema,
            project: place.project.id,
            schema: SchemaName::default(),
            name: place.schema.as_str(),
            owner: Some(owner),
            created: now,
        })?;
        let Some(id) = made else { return Ok(None) };
        self.run("insert into schema_object (id, comment, modified) values (?1, ?2, ?3)", (id, comment, now.0))?;
        Ok(Some(id))
    }

    /// Changes the comment of a schema.
    pub fn comment_schema(&self, id: ObjectId, comment: &str, now: Time) -> Result<()> {
        self.run("update schema_object set comment = ?2, modified = ?3 where id = ?1", (id, comment, now.0))?;
        Ok(())
    }

    /// Gives a schema another owner.
    pub fn set_schema_owner(&self, id: ObjectId, owner: &Principal, now: Time) -> Result<()> {
        self.set_owner(id, owner)?;
        self.run("update schema_object set modified = ?2 where id = ?1", (id, now.0))?;
        Ok(())
    }

    /// Removes a schema with everything that is in it: entries, labels and places in packages go with their objects (SCH-3, ACC-9).
    ///
    /// # Errors
    /// It is the schema that every project has.
    pub fn drop_schema(&self, schema: &Schema, now: Time) -> Result<()> {
        if schema.name.is_default() {
            return Err(Error::new(Code::Internal, "the schema `default` cannot be dropped"));
        }
        for object in self.objects_in_schema(&schema.place())? {
            if let Some(id) = object.id.known() {
                self.drop_table(id, now)?;
            }
        }
        self.drop_object(schema.id)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Schema> {
    Ok(Schema {
        id: row.get("id")?,
        project: project(row)?,
        name: SchemaName::new(&row.get::<_, String>("name")?),
        owner: principal_or_none(row, "principal")?,
        comment: row.get("comment")?,
        created: Time(row.get("created")?),
        modified: Time(row.get("modified")?),
        external: external(row)?,
    })
}

fn external(row: &Row<'_>) -> rusqlite::Result<Option<ExternalSchema>> {
    let (server, location): (Option<String>, Option<String>) = (row.get("server")?, row.get("location")?);
    let (Some(server), Some(location)) = (server, location) else { return Ok(None) };
    let location = Location::parse(&location).map_err(|_| damaged("the location of an external schema"))?;
    Ok(Some(ExternalSchema { server, location }))
}
