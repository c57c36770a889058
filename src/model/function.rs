use std::sync::Arc;

use super::{DataType, Object, ObjectId, ObjectKind, Principal, ProjectRef, ResourceKind, SchemaName, Time, Zone};

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
    /// The class that runs; empty for a function in SQL.
    pub class: String,
    /// What a function in SQL is defined by, from its parameters on.
    pub body: Option<String>,
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
            name: self.name.as_str().into(),
            owner: Some(self.owner.clone()),
        }
    }
}

/// The code of a function, ready to run (UDF-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode {
    /// The function, as its errors name it.
    pub name: String,
    /// Its path, as the audit names it.
    pub path: String,
    /// Module and class.
    pub class: String,
    /// What kind of function it is.
    pub kind: CodeKind,
    /// The types that it takes.
    pub arguments: Vec<DataType>,
    /// The types that it gives: one, or a column each of a table function.
    pub results: Vec<DataType>,
    /// What it is made of.
    pub resources: Vec<CodeResource>,
    /// Whether its errors and what it prints are shown: only where the caller may read what it is given (UDF-1).
    pub is_open: bool,
    /// The longest time that one call may take, in seconds.
    pub seconds: u64,
    /// The clock on which moments are dates.
    pub zone: Zone,
}

/// Which kind of function a class is. Source: "Python UDFs", "Python UDAFs", "Python UDTFs".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// A value for each row.
    Scalar,
    /// Rows for each row.
    Table,
    /// A value for each group of rows.
    Aggregate,
}

/// A resource, as a function reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeResource {
    /// Its name, folded.
    pub name: String,
    /// What it holds.
    pub kind: ResourceKind,
    /// Its bytes.
    pub content: Arc<[u8]>,
}
