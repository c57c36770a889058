use rusqlite::Row;

use super::account::principal;
use super::object::{NAMED, NewObject, OF_KIND, named, project, schema};
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{
    Bindings, Function, ObjectId, ObjectKind, Place, Principal, ProjectRef, Resource, ResourceRef, SchemaName, Time,
};

/// A function that is about to be made, or what replaces one.
#[derive(Debug, Clone)]
pub struct NewFunction {
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// The schema that it will be in.
    pub schema: SchemaName,
    /// Its name, folded.
    pub name: String,
    /// Who makes or replaces it.
    pub by: Principal,
    /// What runs.
    pub code: NewCode,
}

/// What a function is made of.
#[derive(Debug, Clone)]
pub enum NewCode {
    /// A class.
    Class {
        /// Its name.
        class: String,
        /// The resources that it is in, and those that it uses.
        resources: Vec<ResourceRef>,
    },
    /// SQL.
    Sql {
        /// The definition, from the parameters on.
        body: String,
        /// What the names in it stand for.
        bindings: Bindings,
    },
}

/// What a resource of a function held when the function was made, and holds now (UDF-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeOf {
    /// What it held, by a number that no other content has.
    pub then: Option<i64>,
    /// The resource of its name.
    pub resource: Option<ObjectId>,
    /// What that holds.
    pub now: Option<i64>,
}

const KIND: ObjectKind = ObjectKind::Function;

const FUNCTION: &str =
    "select f.*, o.schema, o.name, o.project, o.created, p.name as project_name, a.principal, m.principal as maker_principal from object o
  join function_object f on f.id = o.id join project p on p.id = o.project join account a on a.id = o.owner
  left join account m on m.id = f.maker";

impl Snapshot<'_> {
    /// The function of this name.
    pub fn function(&self, place: &Place, name: &str) -> Result<Option<Function>> {
        let found = self.one(&format!("{FUNCTION} where {NAMED}"), named(KIND, place, name), read)?;
        found.map(|function| self.with_resources(function)).transpose()
    }

    /// The function of this number.
    pub fn function_by_id(&self, id: ObjectId) -> Result<Option<Function>> {
        let found = self.one(&format!("{FUNCTION} where o.id = ?1"), [id], read)?;
        found.map(|function| self.with_resources(function)).transpose()
    }

    /// The functions of a schema, by name.
    pub fn functions(&self, place: &Place) -> Result<Vec<Function>> {
        let of = (place.project.id, place.schema.as_str(), KIND.name());
        let found = self.all(&format!("{FUNCTION} where {OF_KIND} order by o.name"), of, read)?;
        found.into_iter().map(|function| self.with_resources(function)).collect()
    }

    /// The functions that are made of this resource, by the name that they call it.
    pub fn functions_of(&self, resource: &Resource) -> Result<Vec<Function>> {
        let found = self.all(
            &format!(
                "{FUNCTION} where o.id in (select function_id from function_resource where project = ?1 and schema = ?2 and name = ?3) order by o.id"
            ),
            (resource.project.name.as_str(), resource.schema.as_str(), resource.name.as_str()),
            read,
        )?;
        found.into_iter().map(|function| self.with_resources(function)).collect()
    }

    /// What the resources of a function hold, in their order.
    pub fn made_of(&self, id: ObjectId) -> Result<Vec<MadeOf>> {
        self.all(
            "select f.made_of, r.id, coalesce(c.id, -r.table_id) from function_resource f
             left join project p on p.name = f.project
             left join object o on o.kind = 'resource' and o.project = p.id and o.schema = f.schema and o.name = f.name
             left join resource_object r on r.id = o.id left join resource_content c on c.resource = r.id
             where f.function_id = ?1 order by f.position",
            [id],
            |row| Ok(MadeOf { then: row.get(0)?, resource: row.get(1)?, now: row.get(2)? }),
        )
    }

    fn with_resources(&self, mut function: Function) -> Result<Function> {
        function.resources = self.all(
            "select project, schema, name from function_resource where function_id = ?1 order by position",
            [function.id],
            |row| Ok(ResourceRef { project: row.get(0)?, schema: schema(row)?, name: row.get(2)? }),
        )?;
        Ok(function)
    }
}

impl Write<'_> {
    /// Makes a function, or replaces what one of its name is made of: number, owner and grants stay (ACC-9).
    pub fn put_function(&self, new: &NewFunction, now: Time) -> Result<()> {
        let by = self.account_id(&new.by)?;
        let (project, name) = (new.project.id, &new.name);
        let (schema, owner) = (new.schema.clone(), Some(&new.by));
        let id = self.ensure_object(&NewObject { kind: KIND, project, schema, name, owner, created: now })?;
        let (class, body, resources, bindings) = match &new.code {
            NewCode::Class { class, resources } => (class.as_str(), None, resources.as_slice(), &Bindings::default()),
            NewCode::Sql { body, bindings } => ("", Some(body), <_>::default(), bindings),
        };
        self.run(
            "insert into function_object (id, maker, class, body, modified) values (?1, ?2, ?3, ?4, ?5)
             on conflict do update set maker = excluded.maker, class = excluded.class, body = excluded.body,
               modified = excluded.modified",
            (id, by, class, body, now.0),
        )?;
        self.bind_view(id, bindings)?;
        self.run("delete from function_resource where function_id = ?1", [id])?;
        for (position, ResourceRef { project, schema, name }) in (0_i64..).zip(resources) {
            let resource = (id, position, project, schema.as_str(), name);
            self.run(
                "insert into function_resource (function_id, position, project, schema, name) values (?1, ?2, ?3, ?4, ?5)",
                resource,
            )?;
        }
        for (position, made_of) in (0_i64..).zip(self.made_of(id)?) {
            self.run(
                "update function_resource set made_of = ?3 where function_id = ?1 and position = ?2",
                (id, position, made_of.now),
            )?;
        }
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Function> {
    let maker: Option<String> = row.get("maker_principal")?;
    Ok(Function {
        id: row.get("id")?,
        project: project(row)?,
        schema: schema(row)?,
        name: row.get("name")?,
        owner: principal(row, "principal")?,
        maker: maker.and_then(|maker| Principal::parse(&maker)),
        class: row.get("class")?,
        body: row.get("body")?,
        resources: Vec::new(),
        created: Time(row.get("created")?),
        modified: Time(row.get("modified")?),
    })
}
