use super::{
    DataType, ExternalFormat, Identity, Location, Object, ObjectId, ObjectKind, Place, Principal, ProjectRef,
    SchemaName, Time,
};

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
    /// Where its tables are, if it is an external one.
    pub external: Option<ExternalSchema>,
}

/// What an external schema stands for: each folder of a location is a table (SCH-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalSchema {
    /// The name of the external data source by which it is reached, folded.
    pub server: String,
    /// The folder that holds those of the tables.
    pub location: Location,
}

/// The folders of an external schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Those that are tables, by name.
    pub tables: Vec<FoundTable>,
    /// Those that are not, and why.
    pub others: Vec<(String, String)>,
}

/// A folder whose files say what columns they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTable {
    /// The folder.
    pub folder: String,
    /// The same, folded: the name of the table.
    pub name: String,
    /// How its files look.
    pub format: ExternalFormat,
    /// Names, folded, and types.
    pub columns: Vec<(String, DataType)>,
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
