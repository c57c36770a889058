use std::fmt;

use super::Principal;

/// A project as a decision sees it: who it is, not what it is set to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectRef {
    /// Number of the project; never used again after a drop (ACC-11).
    pub id: i64,
    /// Name, folded.
    pub name: String,
}

impl ProjectRef {
    /// Stands in for a project that is not there: nobody is a member of it (STG-4).
    pub fn unknown(name: &str) -> Self {
        Self { id: Object::UNKNOWN, name: name.to_owned() }
    }
}

/// The kinds of object that privileges are granted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A project.
    Project,
    /// A table.
    Table,
    /// A view: grants on it are grants on a table object.
    View,
}

impl ObjectKind {
    /// How `show` and `grant … on` call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Table => "table",
            Self::View => "view",
        }
    }
}

/// An object that was found: an access can only be asked for one that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Number of the object among those of its kind; never used again.
    pub id: i64,
    /// The project that it belongs to; of a project, itself.
    pub project: ProjectRef,
    /// Name, folded.
    pub name: String,
    /// Current owner (ACC-7).
    pub owner: Principal,
}

impl Object {
    /// Stands in for an object that is not there: it is judged like any other on which nobody holds anything, so that a
    /// refusal does not tell whether it exists (STG-4). What passes all the same is then told that it is missing.
    pub fn unknown(kind: ObjectKind, project: ProjectRef, name: &str) -> Self {
        let nobody = Principal::Account { account: String::new() };
        Self { kind, id: Self::UNKNOWN, project, name: name.to_owned(), owner: nobody }
    }

    /// The number of objects that are not there.
    pub const UNKNOWN: i64 = -1;

    /// The object's path in policies and messages: `projects/<p>/tables/<t>`.
    pub fn path(&self) -> String {
        match self.kind {
            ObjectKind::Project => format!("projects/{}", self.name),
            ObjectKind::Table | ObjectKind::View => {
                format!("projects/{}/tables/{}", self.project.name, self.name)
            }
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ObjectKind::Project => write!(f, "project {}", self.name),
            kind => write!(f, "{} {}.{}", kind.name(), self.project.name, self.name),
        }
    }
}
