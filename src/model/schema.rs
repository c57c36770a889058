use super::{Identity, Object, ObjectId, ObjectKind, Place, Principal, ProjectRef, SchemaName, Time};

/// A schema of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Number; never used again after a drop (ACC-9).
    pub id: ObjectId,
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// Name.
    pub name: SchemaName,
    /// Who may grant on what is in it (ACC-8); nobody of `default`, which belongs to the project as such.
    pub owner: Option<Principal>,
    /// Free text.
    pub comment: String,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub modified: Time,
}

impl Schema {
    /// Where its objects are.
    pub fn place(&self) -> Place {
        Place { project: self.project.clone(), schema: self.name.clone() }
    }

    /// This schema as the object of an access.
    pub fn object(&self) -> Object {
        Object {
            kind: ObjectKind::Schema,
            id: match self.name.is_default() {
                true => Identity::Project(self.project.id),
                false => self.id.into(),
            },
            project: self.project.clone(),
            schema: SchemaName::default(),
            name: self.name.as_str().into(),
            owner: self.owner.clone(),
        }
    }
}
