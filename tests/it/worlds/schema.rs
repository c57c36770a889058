//! Schemas besides `default`: what is in one is told apart from its namesakes by it.

use odpsh::model::{Grant, Object, ObjectId, ObjectKind, Place, Principal, ProjectId, SchemaName};

use super::{Spot, World};

/// A schema, or what was one.
#[derive(Debug, Clone)]
pub struct Schema {
    pub id: ObjectId,
    pub project: ProjectId,
    pub name: SchemaName,
    pub owner: Principal,
    /// A dropped schema is followed by a new one of its name (ACC-9).
    pub alive: bool,
    /// Made in the second era.
    pub late: bool,
    pub grants: Vec<Grant>,
}

impl World {
    /// A schema as the object of an access, dropped or not.
    pub fn schema_object(&self, schema: &Schema) -> Object {
        Object {
            kind: ObjectKind::Schema,
            id: schema.id.into(),
            project: self.reference(schema.project),
            schema: SchemaName::default(),
            name: schema.name.as_str().into(),
            owner: Some(schema.owner.clone()),
        }
    }

    /// The schema that an object is in, unless that is `default`.
    pub fn schema_of(&self, object: &Object) -> Option<&Schema> {
        let is = |schema: &&Schema| schema.project == object.project.id && schema.name == object.schema;
        self.schemas.iter().filter(|schema| schema.alive).find(is)
    }

    /// Where a schema is.
    pub(super) fn place_of(&self, schema: &Schema) -> Place {
        Place { project: self.reference(schema.project), schema: schema.name.clone() }
    }

    /// Whether a table or another object is of an era in which a schema is there until its end.
    pub(super) fn fits_into(&self, spot: Spot, schema: &Schema) -> bool {
        match (self.is_there(spot), self.is_late(spot)) {
            (true, false) => schema.alive && !schema.late,
            (true, true) => schema.alive,
            (false, _) => !schema.late,
        }
    }
}
