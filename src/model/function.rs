use super::{Object, ObjectId, ObjectKind, Principal, ProjectRef, SchemaName, Time};

/// A function of a user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Number; never used again.
    pub id: ObjectId,
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// The schema that it is in.
    pub schema: SchemaName,
    /// Name, folded.
    pub name: String,
    /// Current owner.
    pub owner: Principal,
    /// Who said what it is made of now, and answers for the resources that it uses; nobody if that account is gone.
    pub maker: Option<Principal>,
    /// The class that runs.
    pub class: String,
    /// The resources that it is made of, by name: one that is made anew is used from then on, if it may be read.
    pub resources: Vec<ResourceRef>,
    /// When it was made.
    pub created: Time,
    /// When it was last replaced.
    pub modified: Time,
}

/// A resource by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    /// The name of its project.
    pub project: String,
    /// Its schema.
    pub schema: SchemaName,
    /// Its name, folded.
    pub name: String,
}

impl Function {
    /// This function as the object of an access.
    pub fn object(&self) -> Object {
        Object {
            kind: ObjectKind::Function,
            id: self.id.into(),
            project: self.project.clone(),
            schema: self.schema.clone(),
            name: self.name.clone(),
            owner: Some(self.owner.clone()),
        }
    }
}
