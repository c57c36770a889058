//! The table `object`: everything that privileges are granted on, with its project, kind, name and owner. The tables of the kinds extend it by id.

use rusqlite::Row;

use super::account::principal;
use super::error::damaged;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{Identity, Object, ObjectId, ObjectKind, Place, Principal, ProjectId, ProjectRef, SchemaName, Time};

/// Objects with their owners, in the form that [`read`] expects.
pub(super) const OBJECT: &str = "select o.id, o.kind, o.schema, o.name, o.project, p.name as project_name, a.principal
  from object o join project p on p.id = o.project join account a on a.id = o.owner";

/// The object of a project, schema, kind and name, in this order.
pub(super) const NAMED: &str = "o.project = ?1 and o.schema = ?2 and o.family = ?3 and o.name = ?4";

/// The objects of a project, schema and kind, in this order.
pub(super) const OF_KIND: &str = "o.project = ?1 and o.schema = ?2 and o.family = ?3";

/// The kinds of object of which a project has many, each with an owner.
const OWNED: [ObjectKind; 5] =
    [ObjectKind::Schema, ObjectKind::Table, ObjectKind::Resource, ObjectKind::Function, ObjectKind::Instance];

impl Snapshot<'_> {
    /// The number of the object of this kind and name.
    pub(super) fn object_id(&self, kind: ObjectKind, place: &Place, name: &str) -> Result<Option<ObjectId>> {
        self.one(&format!("select o.id from object o where {NAMED}"), named(kind, place, name), |row| row.get(0))
    }

    /// The object of this kind and name, as grants and packages name it: found by its name alone, without its content.
    pub fn securable(&self, kind: ObjectKind, place: &Place, name: &str) -> Result<Option<Object>> {
        self.one(&format!("{OBJECT} where {NAMED}"), named(kind, place, name), read)
    }

    /// The objects of a kind in a schema, by name, views with the tables: what `*` means when it is added to a package (PKG-2).
    pub fn securables(&self, kind: ObjectKind, place: &Place) -> Result<Vec<Object>> {
        let of = (place.project.id, place.schema.as_str(), kind.grants_as().name());
        self.all(&format!("{OBJECT} where {OF_KIND} order by o.name"), of, read)
    }

    /// The objects of a kind in a project, by schema and name.
    pub fn all_of_kind(&self, kind: ObjectKind, project: &ProjectRef) -> Result<Vec<Object>> {
        self.all(
            &format!("{OBJECT} where o.project = ?1 and o.family = ?2 order by o.schema, o.name"),
            (project.id, kind.grants_as().name()),
            read,
        )
    }

    /// All objects of a project that have owners, kind by kind.
    pub(super) fn owned_objects(&self, project: &ProjectRef) -> Result<Vec<Object>> {
        let mut objects = Vec::new();
        for kind in OWNED {
            objects.extend(self.all_of_kind(kind, project)?);
        }
        Ok(objects)
    }

    /// The number that entries on an object refer to; none if there is no such project. Projects have numbers of their own, and their
    /// schema `default` comes and goes with it.
    pub(super) fn securable_id(&self, object: &Object) -> Result<Option<ObjectId>> {
        match object.kind {
            kind @ (ObjectKind::Project | ObjectKind::Schema) if matches!(object.id, Identity::Project(_)) => {
                let place = Place::default_of(object.project.clone());
                self.cache().securable(object.project.id, kind, || self.object_id(kind, &place, &object.name))
            }
            ObjectKind::Project
            | ObjectKind::Schema
            | ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::Resource
            | ObjectKind::Function
            | ObjectKind::Instance
            | ObjectKind::Package => Ok(object.id.known()),
        }
    }
}

/// An object that is about to be made.
pub(super) struct NewObject<'n> {
    pub kind: ObjectKind,
    /// The number of its project.
    pub project: ProjectId,
    /// The schema that it is in; `default` of what is in none.
    pub schema: SchemaName,
    /// Its name, folded.
    pub name: &'n str,
    /// None of a kind whose objects have no owners.
    pub owner: Option<&'n Principal>,
    pub created: Time,
}

/// What kind of schema something is made in.
enum Container {
    /// The state's own.
    Own,
    /// One whose tables are folders outside.
    External,
}

impl Snapshot<'_> {
    /// Of what kind a schema of a project is; nothing if it is not there.
    fn container_kind(&self, project: ProjectId, schema: &SchemaName) -> Result<Option<Container>> {
        if schema.is_default() {
            return Ok(Some(Container::Own));
        }
        let place = (project, SchemaName::DEFAULT, ObjectKind::Schema.name(), schema.as_str());
        let query = format!("select x.id from object o left join external_schema x on x.id = o.id where {NAMED}");
        let found = self.one(&query, place, |row| row.get::<_, Option<i64>>(0))?;
        Ok(found.map(|external| if external.is_some() { Container::External } else { Container::Own }))
    }
}

/// What is said where something would be made in an external schema.
pub fn made_outside(schema: &SchemaName) -> Box<Error> {
    Error::new(Code::Unsupported, format!("nothing can be created in the external schema {schema}"))
        .help("its tables are the folders of its location: use another schema")
}

impl Write<'_> {
    /// Creates the row in `object`. Returns its id, or `None` if the name is taken.
    pub(super) fn create_object(&self, new: &NewObject<'_>) -> Result<Option<ObjectId>> {
        match self.container_kind(new.project, &new.schema)? {
            None => return Err(Error::new(Code::NotFound, format!("schema {} does not exist", new.schema))),
            Some(Container::External) => return Err(made_outside(&new.schema)),
            Some(Container::Own) => {}
        }
        self.insert_object(new)
    }

    /// The same, in a schema of which that is known.
    pub(super) fn insert_object(&self, new: &NewObject<'_>) -> Result<Option<ObjectId>> {
        let owner = new.owner.map(|owner| self.account_id(owner)).transpose()?;
        let made = self.run(
            "insert into object (project, schema, kind, name, owner, created) values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
            (new.project, new.schema.as_str(), new.kind.name(), new.name, owner, new.created.0),
        )?;
        Ok((made > 0).then(|| ObjectId(self.last_id())))
    }

    /// Returns the id of the object, creating it if it does not exist. An existing object keeps its owner (ACC-9).
    pub(super) fn ensure_object(&self, new: &NewObject<'_>) -> Result<ObjectId> {
        let place = (new.project, new.schema.as_str(), new.kind.grants_as().name(), new.name);
        let there = self.one(&format!("select o.id from object o where {NAMED}"), place, |row| row.get(0))?;
        if let Some(id) = there {
            return Ok(id);
        }
        let made = self.create_object(new)?;
        made.ok_or_else(|| Error::new(Code::Internal, "the object that was just stored is missing"))
    }

    /// Removes an object with everything that belongs to it: entries, places in packages (ACC-9). Files of a table are dead from then on.
    pub fn drop_object(&self, id: ObjectId) -> Result<()> {
        self.run("delete from object where id = ?1", [id])?;
        Ok(())
    }

    /// Gives an object another owner (ACC-7).
    pub(super) fn set_owner(&self, id: ObjectId, owner: &Principal) -> Result<()> {
        let owner = self.account_id(owner)?;
        self.run("update object set owner = ?2 where id = ?1", (id, owner))?;
        Ok(())
    }

    /// Renames an object. Returns `false` if the name is taken.
    pub(super) fn rename_object(&self, id: ObjectId, name: &str) -> Result<bool> {
        Ok(self.run("update or ignore object set name = ?2 where id = ?1", (id, name))? > 0)
    }
}

/// The values of [`NAMED`].
pub(super) fn named<'n>(
    kind: ObjectKind,
    place: &'n Place,
    name: &'n str,
) -> (ProjectId, &'n str, &'static str, &'n str) {
    (place.project.id, place.schema.as_str(), kind.grants_as().name(), name)
}

/// The schema in the column `schema`.
pub(super) fn schema(row: &Row<'_>) -> rusqlite::Result<SchemaName> {
    Ok(SchemaName::new(&row.get::<_, String>("schema")?))
}

/// Reads an object kind from a column. Any other text means that the state is damaged.
pub(super) fn kind(row: &Row<'_>, column: &str) -> rusqlite::Result<ObjectKind> {
    let text: String = row.get(column)?;
    ObjectKind::parse(&text).ok_or_else(|| damaged(&format!("the kind `{text}` of an object")))
}

/// The project in the columns `project` and `project_name`.
pub(super) fn project(row: &Row<'_>) -> rusqlite::Result<ProjectRef> {
    Ok(ProjectRef { id: row.get("project")?, name: row.get::<_, String>("project_name")?.into() })
}

/// A row of [`OBJECT`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Object> {
    Ok(Object {
        kind: kind(row, "kind")?,
        id: row.get("id")?,
        project: project(row)?,
        schema: schema(row)?,
        name: row.get::<_, String>("name")?.into(),
        owner: Some(principal(row, "principal")?),
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::model::ObjectKind;
    use crate::store::schema::create_schema;

    #[test]
    fn the_state_and_the_model_agree_on_what_a_kind_is_granted_as() {
        let state = Connection::open_in_memory().unwrap();
        create_schema(&state).unwrap();
        state.execute_batch("pragma foreign_keys = off").unwrap();
        for kind in ObjectKind::ALL {
            let family: String = state
                .query_row(
                    "insert into object (project, kind, name, created) values (1, ?1, ?1, 0) returning family",
                    [kind.name()],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(family, kind.grants_as().name());
        }
    }
}
